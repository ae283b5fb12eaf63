import type { Asked } from './requests.ts';
import type { Exchange, Reply } from './wire.ts';

/** What API Gateway answers by itself, before any function. */
const gatewayMessages: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
};

/** Of code, of machines and of what lies beneath. */
const inside =
  /\n\s+at |node:internal|node_modules|\.m?[jt]s:\d+|(Type|Range|Syntax|Reference)Error|ValidationException|ECONN|dynoxide|fauxqs|keyHash|tokenHash|contactHash|requestHash/;

/** What is wrong with an answer; empty when all is well. */
export function complaints(asked: Asked, { replies }: Exchange, folder: string): string[] {
  return replies.flatMap((reply) => [...ofForm(reply, folder), ...ofSecrets(asked, reply)]);
}

function ofForm({ status, headers, body }: Reply, folder: string): string[] {
  const found: string[] = [];
  if (status >= 500) found.push(`status ${status}`);
  const inner = inside.exec(body)?.[0];
  if (inner !== undefined) found.push(`shows what is inside: ${JSON.stringify(inner)}`);
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
    if (!isWhole) found.push('a problem without its code or its words');
    // Nothing of the browser's own guesses about what this is.
    if (headers['x-content-type-options'] !== 'nosniff' && !('text' in problem)) found.push('no nosniff');
  } else if (type.startsWith('application/json')) {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (message !== gatewayMessages[status]) found.push(`an answer of nobody's: ${body.slice(0, 100)}`);
  } else if (!/^(application\/xml|text\/html|text\/plain)/.test(type))
    found.push(`a refusal of type "${type}"`);
  return found;
}

/** Another person's words, a contact that was not asked for. */
function ofSecrets({ mayShow, mayReveal, route, sent }: Asked, { status, body }: Reply): string[] {
  const found: string[] = [];
  const shown = [...body.matchAll(/〔述(\d+)〕/g)].map(([, serial]) => Number(serial));
  if (mayShow !== 'words' && shown.some((serial) => serial !== mayShow)) found.push("shows another's words");
  if (mayShow === 'words' && status >= 400 && shown.length > 0) found.push('shows words though it refuses');
  // A change may have made it a call to reveal, or put the name itself where everyone may read it.
  const names = [...body.matchAll(/密\d+密/g)].map(([name]) => name);
  const strangers = names.filter((name) => !sent.bytes.includes(name));
  if (strangers.length > 0 && !(mayReveal && status === 200)) found.push('shows a contact');
  const tellsLink =
    /^(POST \/api\/(desk\/)?reports|again|POST \/api\/reports\/\{number\}\/link)$/.test(route) ||
    (route === 'POST /api/reports/{number}/commands' && sent.bytes.includes('renew-link'));
  if (body.includes('"trackingToken"') && !tellsLink) found.push('shows a tracking token');
  return found;
}
