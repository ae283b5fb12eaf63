import type { Staff } from './people.ts';

const roleNames: Record<string, [zh: string, en: string]> = {
  'grid-worker': ['网格员', 'Grid worker'],
  handler: ['经办人', 'Handler'],
  manager: ['主管', 'Manager'],
  admin: ['管理员', 'Administrator'],
};

/** Replaces Cognito's sign-in page: a list of the city's staff, each signed in with one click. */
export function signInPage(staff: Staff, action: string): string {
  const departments = new Map(staff.departments.map((department) => [department.id, department.name]));
  const buttons = staff.staff.map((person) => {
    const [zh, en] = roleNames[person.role] ?? [person.role, person.role];
    const names = person.departments.map((id) => departments.get(id) ?? { zh: id, en: id });
    const where = {
      zh: names.map((name) => name.zh).join('、'),
      en: names.map((name) => name.en).join(', '),
    };
    return `<li><button name="user" value="${escape(person.username)}">
      <strong>${escape(person.name)}</strong>
      <span>${escape(where.zh === '' ? zh : `${zh} · ${where.zh}`)}</span>
      <span lang="en">${escape(where.en === '' ? en : `${en} · ${where.en}`)}</span>
    </button></li>`;
  });
  return page(
    `<h1>选择身份登录 <span lang="en">Sign in as</span></h1>
    <p>${escape(staff.name.zh)} <span lang="en">${escape(staff.name.en)}</span></p>
    <form method="post" action="${escape(action)}"><ul>${buttons.join('')}</ul></form>
    <p class="note">只用于这一台机器：没有密码，任何能操作它的人都能登录。<br>
    <span lang="en">For this one machine only: there are no passwords, and whoever can use the machine can sign in.</span></p>`,
  );
}

export function messagePage(zh: string, en: string): string {
  return page(`<h1>${escape(zh)}</h1><p lang="en">${escape(en)}</p>`);
}

/** The page loads nothing and runs no script; its style is inline. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

function page(content: string): string {
  return `<!doctype html>
<html lang="zh">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>随手报 · 登录</title>
<style>
  :root { color-scheme: light dark; background: Canvas; color: CanvasText; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 40rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
  [lang=en] { opacity: .75; font-size: .9em; }
  ul { list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: .5rem; }
  button { display: grid; width: 100%; min-height: 3rem; padding: .6rem .9rem; text-align: start; font: inherit;
    border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: .5rem; background: none; color: inherit; cursor: pointer; }
  button:hover, button:focus-visible { border-color: currentColor; outline: 2px solid #2563eb; outline-offset: 1px; }
  .note { font-size: .9rem; }
</style>
<body>${content}</body>
</html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
