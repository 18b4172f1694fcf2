import type { NodeSelectorTerm, ObjectMeta, Pod, PodSpec, PodTemplateSpec, Volume } from '../../generated/kinds.ts';
import { fractionWarnings, warningsOfClaimSpec } from '../storage/claim-warnings.ts';
import { warningsOfContainers, warningsOfPorts } from './container-warnings.ts';
import { containersOf } from './containers-of.ts';
import {
  appArmorAnnotationPrefix,
  seccompContainerAnnotationPrefix,
  seccompPodAnnotation,
} from './security-profile-validation.ts';

const useField = (version: string, field: string) => `${version}; use the "${field}" field instead`;

const deprecatedAnnotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': useField('non-functional in v1.16+', 'priorityClassName'),
  'security.alpha.kubernetes.io/sysctls': useField('non-functional in v1.11+', 'sysctls'),
  'security.alpha.kubernetes.io/unsafe-sysctls': useField('non-functional in v1.11+', 'sysctls'),
};

const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** The names by which upstream's warnings speak of sources that went away, or will. */
const deprecatedVolumes: readonly (readonly [source: keyof Volume, name: string, text: string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

export function warningsOfPod({ metadata, spec }: Pod): string[] {
  return warningsOf(spec, metadata, '');
}

/** `path` of the template: `spec.template`. */
export function warningsOfPodTemplate(template: PodTemplateSpec | undefined, path: string): string[] {
  if (!template?.spec) return [];
  return warningsOf(template.spec, template.metadata, `${path}.`);
}

function warningsOf(spec: PodSpec, metadata: Partial<ObjectMeta> = {}, prefix: string): string[] {
  const path = `${prefix}spec`;
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  const negativeText = 'must be >= 0; negative values are invalid and will be treated as 1';
  return [
    ...warningsOfNodeLabels(spec, path),
    ...warningsOfAnnotations(metadata.annotations ?? {}, `${prefix}metadata.annotations`),
    ...(spec.volumes ?? []).flatMap((volume, i) => warningsOfVolume(volume, `${path}.volumes[${i}]`)),
    ...warningsOfTokenPaths(spec, path),
    ...repeats(spec.hostAliases ?? [], ({ ip }) => ip).map(
      ([i, ip]) => `${path}.hostAliases[${i}].ip: duplicate ip ${JSON.stringify(ip)}`,
    ),
    ...warningsOfPullSecrets(spec.imagePullSecrets ?? [], `${path}.imagePullSecrets`),
    ...fractionWarnings(spec.overhead?.memory, `${path}.overhead[memory]`),
    ...fractionWarnings(spec.overhead?.['ephemeral-storage'], `${path}.overhead[ephemeral-storage]`),
    ...warningsOfProfiles(spec, metadata.annotations ?? {}, prefix),
    ...warningsOfContainers(spec, path),
    ...warningsOfPorts(spec, path),
    ...(grace < 0 ? [`${path}.terminationGracePeriodSeconds: ${negativeText}`] : []),
    ...warningsOfAffinity(spec, `${path}.affinity`),
  ];
}

function warningsOfNodeLabels(spec: PodSpec, path: string): string[] {
  const affinity = spec.affinity?.nodeAffinity;
  const requiredPath = `${path}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const preferredPath = `${path}.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution`;
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => deprecation(key, `${path}.nodeSelector[${key}]: `)),
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      warningsOfTerm(term, `${requiredPath}[${i}]`),
    ),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, i) =>
      warningsOfTerm(preference ?? {}, `${preferredPath}[${i}].preference`),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, i) => {
      const at = `${path}.topologySpreadConstraints[${i}]`;
      return [
        ...deprecation(topologyKey, `${at}.topologyKey: ${topologyKey} is `),
        ...(labelSelector ? [] : [`${at}.labelSelector: a null labelSelector results in matching no pod`]),
      ];
    }),
  ];
}

function warningsOfTerm({ matchExpressions = [] }: NodeSelectorTerm, path: string): string[] {
  return matchExpressions.flatMap(({ key }, i) => deprecation(key, `${path}.matchExpressions[${i}].key: ${key} is `));
}

function deprecation(label: string, head: string): string[] {
  const text = deprecatedNodeLabels[label];
  return text === undefined ? [] : [`${head}${text}`];
}

function warningsOfAnnotations(annotations: Readonly<Record<string, string>>, path: string): string[] {
  return Object.entries(deprecatedAnnotations)
    .filter(([key]) => annotations[key] !== undefined)
    .map(([key, text]) => `${path}[${key}]: ${text}`);
}

function warningsOfVolume(volume: Volume, path: string): string[] {
  const template = volume.ephemeral?.volumeClaimTemplate;
  return [
    ...deprecatedVolumes.filter(([source]) => volume[source]).map(([, name, text]) => `${path}.${name}: ${text}`),
    ...(template?.spec ? warningsOfClaimSpec(template.spec, `${path}.ephemeral.volumeClaimTemplate.spec`) : []),
  ];
}

/** A token's file may be hidden by another one of the same name. */
function warningsOfTokenPaths({ volumes = [] }: PodSpec, path: string): string[] {
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  const tokens = new Set(sources.flatMap(({ serviceAccountToken }) => serviceAccountToken?.path ?? []));
  if (tokens.size === 0) return [];
  return volumes.flatMap(({ projected }, i) =>
    (projected?.sources ?? []).flatMap(({ configMap, secret, downwardAPI, clusterTrustBundle }) => {
      const at = `${path}.volumes[${i}].projected.sources`;
      const clash = (field: string, file: string | undefined) =>
        file !== undefined && tokens.has(file)
          ? [`${at}.${field}: has duplicated path with ServiceAccountToken ${JSON.stringify(file)}`]
          : [];
      return [
        ...(configMap?.items ?? []).flatMap((item, j) => clash(`configMap[${j}]`, item.path)),
        ...(secret?.items ?? []).flatMap((item, j) => clash(`secrets[${j}]`, item.path)),
        ...(downwardAPI?.items ?? []).flatMap((item, j) => clash(`downwardAPI[${j}]`, item.path)),
        ...clash('ClusterTrustBundle', clusterTrustBundle?.path),
      ];
    }),
  );
}

function warningsOfPullSecrets(secrets: readonly { name?: string }[], path: string): string[] {
  return [
    ...repeats(secrets, ({ name = '' }) => name).map(
      ([i, name]) => `${path}[${i}].name: duplicate name ${JSON.stringify(name)}`,
    ),
    ...secrets.flatMap(({ name }, i) => (name ? [] : [`${path}[${i}].name: invalid empty name ""`])),
  ];
}

/** The items whose key an earlier one has already. */
function repeats<T>(items: readonly T[], keyOf: (item: T) => string): [index: number, key: string][] {
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    const key = keyOf(item);
    const isRepeat = seen.has(key);
    seen.add(key);
    return isRepeat ? [[i, key] as [number, string]] : [];
  });
}

/** Annotations that fields have taken the place of. AppArmor's still work in pods, which say so themselves. */
function warningsOfProfiles(spec: PodSpec, annotations: Readonly<Record<string, string>>, prefix: string): string[] {
  const { seccompProfile, appArmorProfile } = spec.securityContext ?? {};
  const warn = (key: string, text: string) =>
    annotations[key] === undefined ? [] : [`${prefix}metadata.annotations[${key}]: ${text}`];
  return [
    ...(seccompProfile ? [] : warn(seccompPodAnnotation, useField('non-functional in v1.27+', 'seccompProfile'))),
    ...containersOf(spec, '').flatMap(({ container: { name, securityContext } }) => [
      ...(securityContext?.seccompProfile
        ? []
        : warn(seccompContainerAnnotationPrefix + name, useField('non-functional in v1.27+', 'seccompProfile'))),
      ...(appArmorProfile || securityContext?.appArmorProfile
        ? []
        : warn(appArmorAnnotationPrefix + name, useField('deprecated since v1.30', 'appArmorProfile'))),
    ]),
  ];
}

function warningsOfAffinity({ affinity }: PodSpec, path: string): string[] {
  const text = 'a null labelSelector results in matching no pod';
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const requiredPath = `${path}.${kind}.requiredDuringSchedulingIgnoredDuringExecution`;
    const preferredPath = `${path}.${kind}.preferredDuringSchedulingIgnoredDuringExecution`;
    const terms = affinity?.[kind];
    return [
      ...(terms?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ labelSelector }, i) =>
        labelSelector ? [] : [`${requiredPath}[${i}].labelSelector: ${text}`],
      ),
      ...(terms?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }, i) =>
        podAffinityTerm?.labelSelector ? [] : [`${preferredPath}[${i}].podAffinityTerm.labelSelector: ${text}`],
      ),
    ];
  });
}
