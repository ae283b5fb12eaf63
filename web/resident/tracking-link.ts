import { parseNumber } from '../../shared/kernel/number.ts';

/** The report and the token of an address such as `/?report=YT-261121-7K3F9Q#TOKEN`, whatever was added to it. */
export function linkIn({
  search,
  hash,
}: {
  search: string;
  hash: string;
}): { number: string; token: string } | undefined {
  const report = new URLSearchParams(search).get('report');
  if (report === null) return undefined;
  // The hash may have been encoded into the query.
  const [typed = '', inQuery = ''] = report.split('#');
  return { number: parseNumber(typed) ?? typed, token: tokenIn(hash) || tokenIn(inQuery) };
}

/** Chat programs add parameters, punctuation and blanks to a link: the token is 43 characters within what they leave. */
function tokenIn(text: string): string {
  const plain = decoded(text).normalize('NFKC').replace(/^#/, '');
  return /(?<![\w-])[\w-]{43}(?![\w-])/.exec(plain)?.[0] ?? plain;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
