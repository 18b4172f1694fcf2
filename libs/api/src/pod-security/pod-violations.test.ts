import { describe, expect, it } from '@jest/globals';
import type { CheckedPod } from './check.ts';
import { podViolations, violationDetails, violationReasons } from './pod-violations.ts';
import type { PodSecurityStandard, PodSecurityVersion } from './policy.ts';

const hardened = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

function pod(spec: object, annotations?: Record<string, string>): CheckedPod {
  return {
    metadata: { annotations },
    spec: { containers: [{ name: 'a', image: 'i' }], ...spec } as CheckedPod['spec'],
  };
}

/** A pod with one container that is set up like this. */
function container(securityContext: object, others: object = {}): CheckedPod {
  return pod({ containers: [{ name: 'a', image: 'i', securityContext, ...others }] });
}

function detailsAt(level: PodSecurityStandard['level'], found: CheckedPod, version: PodSecurityVersion = 'latest') {
  return violationDetails(podViolations(found, { level, version }));
}

describe('baseline', () => {
  it.each<[string, CheckedPod, string]>([
    ['a plain pod', pod({}), ''],
    [
      'host namespaces',
      pod({ hostNetwork: true, hostPID: true, hostIPC: true }),
      'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
    ],
    ['host paths', pod({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'hostPath volumes (volume "v")'],
    [
      'host ports',
      pod({
        initContainers: [{ name: 'b', ports: [{ containerPort: 1, hostPort: 90 }] }],
        containers: [{ name: 'a', ports: [{ containerPort: 1, hostPort: 8080 }, { containerPort: 2 }] }],
      }),
      'hostPort (containers "b", "a" use hostPorts 8080, 90)',
    ],
    [
      'hosts of probes',
      container({}, { livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } } }),
      'probe or lifecycle host (container "a" uses probe or lifecycle host "10.0.0.1")',
    ],
    [
      'privileged containers',
      container({ privileged: true }),
      'privileged (container "a" must not set securityContext.privileged=true)',
    ],
    [
      'capabilities',
      container({ capabilities: { add: ['SYS_ADMIN', 'CHOWN', 'NET_RAW'] } }),
      'non-default capabilities (container "a" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
    [
      '/proc',
      container({ procMount: 'Unmasked' }),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'seccomp',
      pod({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'SELinux',
      container({ seLinuxOptions: { type: 'spc_t', user: 'u', role: 'r' } }),
      'seLinuxOptions (container "a" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
    ],
    [
      'AppArmor fields',
      container({ appArmorProfile: { type: 'Unconfined' } }),
      'forbidden AppArmor profile (container "a" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'AppArmor annotations',
      pod({}, { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' }),
      'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/a="unconfined"")',
    ],
    [
      'sysctls',
      pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax' }, { name: 'net.ipv4.tcp_rmem' }] } }),
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'Windows host processes',
      pod({ securityContext: { windowsOptions: { hostProcess: true } } }),
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ],
  ])('%s', (_, found, details) => {
    expect(detailsAt('baseline', found)).toBe(details);
  });
});

describe('restricted', () => {
  it('asks a plain pod for everything at once', () => {
    expect(detailsAt('restricted', pod({}))).toBe(
      'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  it.each<[string, CheckedPod, string]>([
    ['a hardened pod', container(hardened), ''],
    [
      'volumes',
      pod({
        containers: [{ name: 'a', securityContext: hardened }],
        volumes: [
          { name: 'h', hostPath: { path: '/' } },
          { name: 'n', nfs: { server: 's', path: '/' } },
          { name: 'e', emptyDir: {} },
        ],
      }),
      'restricted volume types (volumes "h", "n" use restricted volume types "hostPath", "nfs")',
    ],
    [
      'capabilities',
      container({ ...hardened, capabilities: { add: ['CHOWN'] } }),
      'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; container "a" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    [
      'root by number',
      container({ ...hardened, runAsUser: 0 }),
      'runAsUser=0 (container "a" must not set runAsUser=0)',
    ],
    [
      'root by permission',
      pod({
        securityContext: { runAsNonRoot: false },
        containers: [{ name: 'a', securityContext: { ...hardened, runAsNonRoot: false } }],
      }),
      'runAsNonRoot != true (pod and container "a" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'root in a user namespace',
      pod({ hostUsers: false, containers: [{ name: 'a', securityContext: { ...hardened, runAsNonRoot: undefined } }] }),
      '',
    ],
    [
      '/proc in a user namespace',
      pod({ hostUsers: false, containers: [{ name: 'a', securityContext: { ...hardened, procMount: 'Unmasked' } }] }),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    ['Windows', pod({ os: { name: 'windows' }, securityContext: { runAsNonRoot: true } }), ''],
  ])('%s', (_, found, details) => {
    expect(detailsAt('restricted', found)).toBe(details);
  });
});

describe('versions', () => {
  const unmasked = container({ ...hardened, procMount: 'Unmasked' });
  it.each<[string, CheckedPod, PodSecurityStandard, string]>([
    ['before a check existed', container({}), { level: 'restricted', version: 0 }, 'runAsNonRoot != true'],
    [
      'what a later check overrides',
      container({ ...hardened, seccompProfile: { type: 'Unconfined' } }),
      { level: 'restricted', version: 19 },
      'seccompProfile',
    ],
    [
      'annotations before fields',
      pod({}, { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }),
      { level: 'baseline', version: 18 },
      'seccompProfile',
    ],
    [
      '/proc before 1.35',
      { ...unmasked, spec: { ...unmasked.spec, hostUsers: false } },
      { level: 'baseline', version: 34 },
      'procMount',
    ],
    [
      '/proc since 1.35',
      { ...unmasked, spec: { ...unmasked.spec, hostUsers: false } },
      { level: 'baseline', version: 35 },
      '',
    ],
    [
      'sysctls before they were safe',
      pod({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } }),
      { level: 'baseline', version: 31 },
      'forbidden sysctls',
    ],
    ['versions that are yet to come', pod({ hostPID: true }), { level: 'baseline', version: 99 }, 'host namespaces'],
    ['nothing at all', pod({ hostPID: true }), { level: 'privileged', version: 'latest' }, ''],
  ])('%s', (_, found, standard, reasons) => {
    expect(violationReasons(podViolations(found, standard))).toBe(reasons);
  });
});
