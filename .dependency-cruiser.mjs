/** Imports go one way: kernel <- records <- store, http, queue <- functions; infra imports only names and schemas. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed, dependencyTypesNot: ['core'] },
});

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^virtual:' },
    },
    only('events-alone', '^events/', '^(events/|node_modules/zod)', 'the contracts depend on nothing else'),
    only(
      'kernel-knows-no-kind',
      '^shared/kernel/',
      '^(shared/(kernel|place|language)/|shared/config/(city|limits)\\.ts|shared/config/kinds/|events/(envelope|common)\\.ts|node_modules/zod)',
      'the kernel is the same for every kind of record',
    ),
    only(
      'kinds-apart',
      '^shared/records/([^/]+)/',
      '^(shared/records/$1/|shared/(kernel|place|language)/|shared/config/(city|limits)\\.ts|shared/config/kinds/|events/|node_modules/zod)',
      'a kind imports no database, no network and no other kind',
    ),
    {
      name: 'kind-named-once',
      comment: 'a module that its kind lists must not import that kind: the types would be circular',
      severity: 'error',
      from: { path: '^shared/records/([^/]+)/(model|state|rating|commands/|events/)' },
      to: { path: '^shared/records/[^/]+/kind\\.ts$' },
    },
    only(
      'place-and-language-low',
      '^shared/(place|language)/',
      '^shared/(place|language)/|^shared/config/(city|limits)\\.ts',
      'language and places do not depend on records',
    ),
    only(
      'config-low',
      '^shared/config/',
      '^(shared/config/|node_modules/(zod|chinese-days))',
      'configuration depends on nothing above it',
    ),
    {
      name: 'store-not-up',
      severity: 'error',
      from: { path: '^shared/store/' },
      to: { path: '^(shared/(http|queue)|functions|infra|web|tests)/' },
    },
    {
      name: 'shared-not-up',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(functions|infra|web|tests)/' },
    },
    {
      name: 'functions-apart',
      comment: 'a function imports shared code, never another function or the infrastructure',
      severity: 'error',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^(functions|infra|web|tests)/', pathNot: '^functions/$1/' },
    },
    {
      name: 'infra-names-only',
      comment: 'the stack imports names and schemas, no handlers and no store',
      severity: 'error',
      // The operator's commands and the migration are not part of the stack.
      from: { path: '^infra/', pathNot: '^infra/(ops|migration)/' },
      to: {
        path: '^(functions|web|tests|shared/(http|queue)|shared/store/(?!schema))/?',
        pathNot: '^functions/[^/]+/settings\\.ts$',
      },
    },
    only(
      'settings-low',
      '^functions/[^/]+/settings\\.ts$',
      '^(shared/config/environment\\.ts|node_modules/zod)',
      'the stack imports settings, so they must not import the function',
    ),
    {
      name: 'web-types-only',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(functions|infra|tests)/' },
    },
    {
      name: 'pages-apart',
      comment: 'code shared by two pages is in a folder of its own, which imports no page',
      severity: 'error',
      from: { path: '^web/([^/]+)/' },
      to: { path: '^web/(resident|desk|board)/', pathNot: '^web/$1/' },
    },
    { name: 'not-from-tests', severity: 'error', from: { pathNot: '^tests/' }, to: { path: '^tests/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|cdk\\.out)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
