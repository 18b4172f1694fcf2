import type { Pod } from '@orrery/api';
import type { AdmissionAttributes } from '../admission.ts';

/** What the standards look at of a pod or of a template. */
export type TemplatePod = Pick<Pod, 'spec'> & { readonly metadata?: Pick<Pod['metadata'], 'annotations'> };

interface Workload {
  readonly template?: TemplatePod;
  readonly spec?: {
    readonly template?: TemplatePod;
    readonly jobTemplate?: { readonly spec?: { readonly template?: TemplatePod } };
  };
}

const withTemplate: ReadonlySet<string> = new Set([
  '/replicationcontrollers',
  'apps/daemonsets',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'batch/jobs',
]);

/** The pod that the workload of a request will make; `undefined` where it makes none. */
export function podOf({ info, object }: AdmissionAttributes): TemplatePod | undefined {
  const id = `${info.group}/${info.resource}`;
  const workload = object as unknown as Workload;
  const template = templateOf(id, workload);
  return template?.spec === undefined ? undefined : template;
}

function templateOf(id: string, workload: Workload): TemplatePod | undefined {
  if (id === '/podtemplates') return workload.template;
  if (id === 'batch/cronjobs') return workload.spec?.jobTemplate?.spec?.template;
  return withTemplate.has(id) ? workload.spec?.template : undefined;
}
