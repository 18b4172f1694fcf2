/** Debian packages that a running cluster and its tests need, each with the program that shows it is there. */
export const debianPackages = [
  { name: 'nats-server', program: 'nats-server', for: 'run', why: 'the message broker between the services' },
  { name: 'runc', program: 'runc', for: 'run', why: 'starts containers' },
  { name: 'iptables', program: 'iptables', for: 'run', why: 'service addresses' },
  { name: 'iproute2', program: 'ip', for: 'run', why: 'network namespaces and routes' },
  { name: 'containernetworking-plugins', path: '/usr/lib/cni/bridge', for: 'run', why: 'connects pods to the network' },
  { name: 'busybox-static', program: 'busybox', for: 'run', why: 'the content of the example images' },
  { name: 'kubernetes-client', program: 'kubectl', for: 'test', why: 'the end-to-end tests are run with real kubectl' },
  {
    name: 'etcd-server',
    program: 'etcd',
    for: 'test',
    why: 'the API tests run on a real etcd too, and storage is compared with it',
  },
  { name: 'etcd-client', program: 'etcdctl', for: 'test', why: "storage answers etcd's own command line" },
  { name: 'curl', program: 'curl', for: 'test', why: 'the end-to-end tests call services as a user would' },
];
