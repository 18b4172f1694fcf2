import type { AdmissionPlugin } from './admission.ts';

/** Which plugins run, beyond those that run by default: names as of upstream's `--enable-admission-plugins` and `--disable-admission-plugins`. */
export interface AdmissionSelection {
  readonly enable?: readonly string[];
  /** A name in both lists is off. */
  readonly disable?: readonly string[];
}

/** The configuration names a plugin that does not exist. */
export class UnknownAdmissionPluginError extends Error {
  override readonly name = 'UnknownAdmissionPluginError';
  constructor(
    readonly plugin: string,
    known: readonly string[],
  ) {
    super(`"${plugin}" is not in the list of known admission plugins: ${known.join(', ')}`);
  }
}

/**
 * Upstream's order, which no configuration changes. Left out: what says nothing without a
 * file of its own (ImagePolicyWebhook, EventRateLimit), and what nobody has asked for (NamespaceAutoProvision,
 * OwnerReferencesPermissionEnforcement).
 */
const order = [
  'AlwaysAdmit',
  'NamespaceLifecycle',
  'NamespaceExists',
  'LimitPodHardAntiAffinityTopology',
  'LimitRanger',
  'ServiceAccount',
  'NodeRestriction',
  'TaintNodesByCondition',
  'AlwaysPullImages',
  'PodSecurity',
  'PodNodeSelector',
  'Priority',
  'DefaultTolerationSeconds',
  'PodTolerationRestriction',
  'ExtendedResourceToleration',
  'DefaultStorageClass',
  'StorageObjectInUseProtection',
  'PersistentVolumeClaimResize',
  'RuntimeClass',
  'CertificateApproval',
  'CertificateSigning',
  'ClusterTrustBundleAttest',
  'CertificateSubjectRestriction',
  'DefaultIngressClass',
  'DenyServiceExternalIPs',
  'PodTopologyLabels',
  'PodResizeValidator',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
  'ResourceQuota',
  'AlwaysDeny',
];

const offByDefault: ReadonlySet<string> = new Set([
  'AlwaysAdmit',
  'NamespaceExists',
  'LimitPodHardAntiAffinityTopology',
  'NodeRestriction',
  'AlwaysPullImages',
  'PodNodeSelector',
  'PodTolerationRestriction',
  'ExtendedResourceToleration',
  'DenyServiceExternalIPs',
  'AlwaysDeny',
]);

/** The plugins that run, in upstream's order. Throws `UnknownAdmissionPluginError`. */
export function selectPlugins<Plugin extends Pick<AdmissionPlugin, 'name'>>(
  plugins: readonly Plugin[],
  { enable = [], disable = [] }: AdmissionSelection = {},
): Plugin[] {
  const known = order.filter((name) => plugins.some((plugin) => plugin.name === name));
  for (const name of [...enable, ...disable]) {
    if (!known.includes(name)) throw new UnknownAdmissionPluginError(name, known);
  }
  const runs = (name: string) => !disable.includes(name) && (enable.includes(name) || !offByDefault.has(name));
  return plugins.filter(({ name }) => runs(name)).sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}
