const core = ['base', 'wire', 'flow', 'policy', 'engine'];
const upTo = (i) => `^src/(${core.slice(0, i + 1).join('|')})/`;

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...core.map((room, i) => ({
      name: `${room}-looks-only-down`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: upTo(i) },
    })),
    {
      name: 'core-does-no-io',
      severity: 'error',
      from: { path: `^src/(${core.join('|')}|report)/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'native-code-stays-in-dataplane',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/dataplane/' },
      to: { path: '^node_modules/(koffi|raw-socket)/' },
    },
    {
      name: 'processes-start-in-few-rooms',
      severity: 'error',
      from: { path: '^src/', pathNot: '^(netns|src/(testbed|probe|origin|evasion))/' },
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
