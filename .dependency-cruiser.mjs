/** Imports point one way: domain <- store, http, queue <- functions; infra knows names and schemas only. */
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
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('events-alone', '^events/', '^(events/|node_modules/zod)', 'the contracts depend on nothing else'),
    only(
      'domain-pure',
      '^shared/(kernel|records|place|language)/',
      '^(shared/(kernel|records|place|language)/|shared/config/(city|limits)\\.ts|events/|node_modules/zod)',
      'deciding needs no database, no network and no clock',
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
      comment: 'a function knows shared code, never another function or the infrastructure',
      severity: 'error',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^(functions|infra|web|tests)/', pathNot: '^functions/$1/' },
    },
    {
      name: 'infra-names-only',
      comment: 'the stack knows names and schemas; it runs no handler and opens no store',
      severity: 'error',
      // The operator's commands are no part of the stack: they act on what it keeps.
      from: { path: '^infra/', pathNot: '^infra/(local/demo|ops)/' },
      to: { path: '^(functions|web|tests|shared/(http|queue)|shared/store/(?!schema))/?' },
    },
    {
      name: 'web-types-only',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(functions|infra|tests)/' },
    },
    {
      name: 'pages-apart',
      comment: 'what two pages need lies in a room of its own, which knows no page',
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
