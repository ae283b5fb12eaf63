/**
 * The query of CloudWatch Logs Insights that follows a report, or all that came of one request, through the logs of all
 * functions. `npm run ops -- trace` does the same on one machine.
 */
export function traceQuery(number: string, correlationId: string): string {
  const fields = ['code', 'correlationId', 'number', 'events', 'route', 'status', 'milliseconds'];
  return [
    `fields @timestamp, @log, ${fields.map((field) => `message.${field}`).join(', ')}`,
    `| filter message.number = "${number}" or message.correlationId = "${correlationId}"`,
    '| sort @timestamp asc',
    '| limit 1000',
  ].join('\n');
}
