import { describe, expect, it } from '@jest/globals';
import { hostNetworkHostsFile, hostsFile } from './hosts-file.ts';

describe('/etc/hosts', () => {
  it('of a pod with a subdomain and aliases', () => {
    const aliases = [{ ip: '1.2.3.4', hostnames: ['foo', 'bar'] }];
    const text = hostsFile({
      podIps: ['10.244.0.5'],
      hostname: 'db-0',
      domain: 'db.default.svc.cluster.local',
      aliases,
    });
    expect(text).toBe(
      [
        '# Kubernetes-managed hosts file.',
        '127.0.0.1\tlocalhost',
        '::1\tlocalhost ip6-localhost ip6-loopback',
        'fe00::0\tip6-localnet',
        'fe00::0\tip6-mcastprefix',
        'fe00::1\tip6-allnodes',
        'fe00::2\tip6-allrouters',
        '10.244.0.5\tdb-0.db.default.svc.cluster.local\tdb-0',
        '',
        '# Entries added by HostAliases.',
        '1.2.3.4\tfoo\tbar',
        '',
      ].join('\n'),
    );
  });

  it("of a pod on the host's network is the machine's", () => {
    const text = hostNetworkHostsFile('127.0.0.1 localhost\n', []);
    expect(text).toBe('# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n');
  });
});
