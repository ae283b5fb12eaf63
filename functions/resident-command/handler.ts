import { residentView } from '../../shared/domain/views.ts';
import { residentCommandBody } from '../../shared/http/bodies.ts';
import { endpoint, readBody, type HttpHandler } from '../../shared/http/endpoint.ts';
import { giveCommand, type CommandDependencies } from '../../shared/http/give-command.ts';
import { publicPhotos, residentPhotos } from '../../shared/http/linked-photos.ts';
import { openReport } from '../../shared/http/open-report.ts';

/** What a reporter may ask of the report: add a note, withdraw, rate, reopen. */
export function createHandler(deps: CommandDependencies): HttpHandler {
  return endpoint({
    'POST /api/reports/{number}/commands': async (event) => {
      const opened = await openReport(event, deps.store);
      const body = readBody(event, residentCommandBody);
      const { report, events } = await giveCommand(deps, event, opened, body, { kind: 'resident' });
      const view = residentView(report, events, deps.city);
      return {
        status: 200,
        body: { ...view, photos: await publicPhotos(deps.photos, residentPhotos(report), report.number) },
      };
    },
  });
}
