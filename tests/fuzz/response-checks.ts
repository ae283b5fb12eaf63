import type { BuiltRequest } from './requests.ts';
import type { Exchange, Reply } from './wire.ts';

/** API Gateway's own error messages. */
const gatewayMessages: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
};

/** Patterns of internal details: stack traces, paths, engines, stored attributes. */
const internals =
  /\n\s+at |node:internal|node_modules|\.m?[jt]s:\d+|(Type|Range|Syntax|Reference)Error|ValidationException|ECONN|dynoxide|fauxqs|keyHash|tokenHash|contactHash|requestHash/;

/** What is wrong with the responses; empty if nothing is. */
export function responseProblems(built: BuiltRequest, { replies }: Exchange, folder: string): string[] {
  return replies.flatMap((reply) => [...formProblems(reply, folder), ...leaks(built, reply)]);
}

function formProblems({ status, headers, body }: Reply, folder: string): string[] {
  const found: string[] = [];
  if (status >= 500) found.push(`status ${status}`);
  const inner = internals.exec(body)?.[0];
  if (inner !== undefined) found.push(`shows internal details: ${JSON.stringify(inner)}`);
  if (body.includes(folder) || body.includes(import.meta.dirname)) found.push('shows a path of the machine');
  if (headers['x-injected'] !== undefined) found.push('a header was injected');
  if (status < 400 || body === '') return found;
  const type = headers['content-type'] ?? '';
  if (type.startsWith('application/problem+json')) {
    const problem = JSON.parse(body) as {
      code?: unknown;
      status?: unknown;
      text?: { zh?: unknown; en?: unknown };
    };
    const isWhole =
      typeof problem.code === 'string' &&
      problem.status === status &&
      typeof problem.text?.zh === 'string' &&
      typeof problem.text.en === 'string';
    if (!isWhole) found.push('a problem without its code or text');
    // Prevents content sniffing by the browser.
    if (headers['x-content-type-options'] !== 'nosniff' && !('text' in problem)) found.push('no nosniff');
  } else if (type.startsWith('application/json')) {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (message !== gatewayMessages[status]) found.push(`an unknown response: ${body.slice(0, 100)}`);
  } else if (!/^(application\/xml|text\/html|text\/plain)/.test(type))
    found.push(`a refusal of type "${type}"`);
  return found;
}

/** Another person's text, or a contact that was not requested. */
function leaks({ mayShow, mayReveal, route, sent }: BuiltRequest, { status, body }: Reply): string[] {
  const found: string[] = [];
  const shown = [...body.matchAll(/〔述(\d+)〕/g)].map(([, serial]) => Number(serial));
  if (mayShow !== 'all' && shown.some((serial) => serial !== mayShow))
    found.push("shows another report's text");
  if (mayShow === 'all' && status >= 400 && shown.length > 0) found.push('shows text in a refusal');
  // Names sent in this request are no leak: a change may have put them where everyone may read them.
  const names = [...body.matchAll(/密\d+密/g)].map(([name]) => name);
  const strangers = names.filter((name) => !sent.bytes.includes(name));
  if (strangers.length > 0 && !(mayReveal && status === 200)) found.push('shows a contact');
  const returnsLink =
    /^(POST \/api\/(desk\/)?reports|again|POST \/api\/reports\/\{number\}\/link)$/.test(route) ||
    (route === 'POST /api/reports/{number}/commands' && sent.bytes.includes('renew-link'));
  if (body.includes('"trackingToken"') && !returnsLink) found.push('shows a tracking token');
  return found;
}
