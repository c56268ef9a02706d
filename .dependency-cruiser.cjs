const core = ['base', 'wire', 'flow', 'policy', 'engine'];
const upTo = (i) => `^src/(${core.slice(0, i + 1).join('|')})/`;
/** Rooms beside each other, above the core; they know the core and nothing of one another but what is named here. */
const beside = {
  files: [],
  scenario: [],
  dataplane: ['files'],
  origin: ['files'],
  ooni: [],
  probe: ['ooni', 'dataplane', 'evasion'],
  evasion: [],
  replay: ['scenario', 'dataplane'],
};
const above = ['testbed', 'report', 'cli'];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...core.map((room, i) => ({
      name: `${room}-looks-only-down`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^(src|netns)/', pathNot: upTo(i) },
    })),
    ...Object.entries(beside).map(([room, others]) => ({
      name: `${room}-knows-the-core-alone`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^(src|netns)/', pathNot: `^src/(${[...core, room, ...others].join('|')})/` },
    })),
    {
      name: 'netns-knows-errors-and-system-calls',
      severity: 'error',
      from: { path: '^netns/' },
      to: { path: '^src/', pathNot: '^src/(base|dataplane/ffi)/' },
    },
    {
      name: 'nobody-looks-up',
      severity: 'error',
      from: { path: `^(netns|src/(${[...core, ...Object.keys(beside)].join('|')}))/` },
      to: { path: `^src/(${above.join('|')})/` },
    },
    {
      name: 'testbed-does-not-render',
      severity: 'error',
      from: { path: '^src/testbed/' },
      to: { path: '^src/(report|cli)/' },
    },
    {
      name: 'core-and-report-do-no-io',
      severity: 'error',
      from: { path: `^src/(${core.join('|')}|report)/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'report-renders-values',
      severity: 'error',
      from: { path: '^src/report/' },
      to: { path: '^src/(testbed|replay)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'native-code-stays-in-dataplane',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/dataplane/' },
      to: { path: '^node_modules/(koffi|raw-socket)/' },
    },
    {
      name: 'libc-layouts-stay-in-ffi',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/dataplane/ffi/' },
      to: { path: '^node_modules/koffi/' },
    },
    {
      name: 'processes-start-in-few-rooms',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/(testbed|probe|origin|evasion)/|^src/cli/commands/(exec|up)\\.ts$',
      },
      to: { path: '^(node_modules/execa/|child_process$|node:child_process$)' },
    },
    {
      name: 'nobody-imports-cli',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
