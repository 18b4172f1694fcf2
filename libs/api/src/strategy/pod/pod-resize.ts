import { type FieldError, forbiddenField, invalidValue } from '../../errors/field-error.ts';
import type { Container, Pod, PodSpec } from '../../generated/kinds.ts';
import { semanticEqual } from '../../object/semantic-equal.ts';
import type { SubresourceRules } from '../kind-rules.ts';
import { isRestartable } from './container-validation.ts';
import { mirrorAnnotation } from './pod-annotations-validation.ts';
import { qosClassOf } from './pod-preparation.ts';

type Amounts = Readonly<Record<string, string>>;

/** `pods/resize`: other requests and limits of CPU and memory for the containers of a running pod. */
export const podResizeRules: SubresourceRules<Pod> = {
  countsGenerations: true,
  prepare: (pod, old) => {
    const containers = withResources(pod.spec.containers, old.spec.containers);
    const initContainers = withResources(pod.spec.initContainers, old.spec.initContainers);
    pod.spec = {
      ...old.spec,
      containers: containers ?? [],
      ...(initContainers && { initContainers }),
      ...(pod.spec.resources && { resources: pod.spec.resources }),
    };
  },
  validate: validateResize,
};

/** The old containers with the new resources; where containers came, went or moved, the new ones, for validation to refuse. */
function withResources(containers: Container[] | undefined, old: Container[] | undefined): Container[] | undefined {
  const before = old ?? [];
  const now = containers ?? [];
  const sameContainers = now.length === before.length && now.every(({ name }, i) => name === before[i]?.name);
  if (!sameContainers) return containers;
  return old?.map((container, i) => {
    const { resources, resizePolicy } = now[i] ?? container;
    const { resources: _, resizePolicy: __, ...rest } = container;
    return { ...rest, ...(resources && { resources }), ...(resizePolicy && { resizePolicy }) };
  });
}

function validateResize(pod: Pod, old: Pod): FieldError[] {
  const refusal = refusalOf(old);
  if (refusal) return [forbiddenField('', refusal)];
  const findings = validateContainerNames(pod.spec, old.spec);
  if (findings.length > 0) return findings;
  const qosClass = old.status.qosClass ?? qosClassOf(old);
  if (qosClassOf(pod) !== qosClass) {
    findings.push(invalidValue('spec', qosClass, 'Pod QOS Class may not change as a result of resizing'));
  }
  const running = old.status.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources) {
    findings.push(forbiddenField('spec', 'Pod running on node without support for resize'));
  }
  findings.push(...validateContainers(pod, old));
  const rest = { ...pod.spec, containers: [], initContainers: [], resources: old.spec.resources };
  if (findings.length === 0 && !semanticEqual(rest, { ...old.spec, containers: [], initContainers: [] })) {
    findings.push(forbiddenField('spec', 'only cpu and memory resources are mutable'));
  }
  return findings;
}

function refusalOf({ metadata, spec }: Pod): string | undefined {
  if (metadata.annotations?.[mirrorAnnotation] !== undefined) return 'static pods cannot be resized';
  return spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
}

function validateContainerNames(spec: PodSpec, old: PodSpec): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((list) => {
    const now = (spec[list] ?? []).map(({ name }) => name);
    const before = (old[list] ?? []).map(({ name }) => name);
    if (now.length !== before.length) {
      return [forbiddenField(`spec.${list}`, 'containers may not be added or removed on resize')];
    }
    return now.flatMap((name, i) =>
      name === before[i]
        ? []
        : [forbiddenField(`spec.${list}[${i}].name`, 'containers may not be renamed or reordered on resize')],
    );
  });
}

function validateContainers({ spec }: Pod, { spec: old }: Pod): FieldError[] {
  const lists = ['initContainers', 'containers'] as const;
  return lists.flatMap((list) =>
    (old[list] ?? []).flatMap((before, i) => {
      const now = spec[list]?.[i];
      if (!now) return [];
      if (list === 'initContainers' && !isRestartable(before)) {
        const text = 'resources for non-sidecar init containers are immutable';
        return semanticEqual(now, before) ? [] : [forbiddenField('spec', text)];
      }
      return [
        ...validateRemoval(now, before, `spec.${list}[${i}].resources`),
        ...validateOtherAmounts(now, before, list),
      ];
    }),
  );
}

function validateRemoval(now: Container, before: Container, path: string): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((kind) => {
    const kept = Object.keys(before.resources?.[kind] ?? {}).every((name) => now.resources?.[kind]?.[name]);
    return kept ? [] : [forbiddenField(`${path}.${kind}`, `resource ${kind} cannot be removed`)];
  });
}

function validateOtherAmounts(now: Container, before: Container, list: string): FieldError[] {
  const rest = (amounts: Amounts = {}) => {
    const { cpu: _, memory: __, ...others } = amounts;
    return others;
  };
  // A changed resize policy counts like any other field.
  const part = (container: Container) => ({
    ...container,
    resources: {
      ...container.resources,
      limits: rest(container.resources?.limits),
      requests: rest(container.resources?.requests),
    },
  });
  if (semanticEqual(part(now), part(before))) return [];
  const noun = list === 'containers' ? '' : ' for sidecar containers';
  return [forbiddenField('spec', `only cpu and memory resources${noun} are mutable`)];
}
