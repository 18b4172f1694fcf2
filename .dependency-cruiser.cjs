/** Layers: a file imports only from its own layer or from lower ones. The table stands in docs/architecture.md. */
const layers = [
  ['libs/runtime', 'libs/proto'],
  ['libs/bus', 'libs/grpc'],
  [
    'libs/api',
    'libs/cel',
    'libs/custom-resource',
    'libs/raft',
    'libs/kv',
    'libs/bolt',
    'libs/cri',
    'libs/packet-filter',
  ],
  ['libs/service', 'libs/client', 'libs/controller', 'libs/registry-log'],
  [
    'apps/storage',
    'apps/apiserver',
    'apps/scheduler',
    'apps/controller-manager',
    'apps/kubelet',
    'apps/container-runtime',
    'apps/pod-network',
    'apps/kube-proxy',
  ],
  ['apps/orrery', 'libs/testing', 'libs/sim'],
];

const folders = (from) => `^(${layers.slice(from).flat().join('|')})/`;

const layerRules = layers.slice(0, -1).map((layer, index) => ({
  name: `layer-${index}-imports-upwards`,
  comment: 'Only the same layer or a lower one may be imported.',
  severity: 'error',
  from: { path: `^(${layer.join('|')})/` },
  to: { path: folders(index + 1) },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'app-imports-app',
      comment: 'Services know each other only through the bus and the API.',
      severity: 'error',
      from: { path: `^(${layers[4].join('|')})/` },
      to: { path: '^apps/', pathNot: '^$1/' },
    },
    {
      name: 'past-the-front-door',
      comment: 'Another package is entered through its exports only.',
      severity: 'error',
      from: { path: '^((?:apps|libs)/[^/]+)/' },
      to: { path: '^(apps|libs)/[^/]+/src/', pathNot: ['^$1/', '^(apps|libs)/[^/]+/src/(index|cri|etcd|main)\\.ts$'] },
    },
    {
      name: 'no-circles',
      comment: 'Types may refer to each other; code may not.',
      severity: 'error',
      from: { pathNot: '/generated/' },
      to: { circular: true, viaOnly: { pathNot: '/generated/', dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/|/generated/' },
    exclude: { path: '/dist/|/node_modules/(?!@orrery)' },
    includeOnly: '^(apps|libs|test)/',
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'node', 'default'] },
  },
};
