import type { Cri } from './cri.ts';

/** Methods of one request and one answer, by the gRPC service that offers them. */
export const runtimeServiceMethods = [
  'version',
  'status',
  'runtimeConfig',
  'updateRuntimeConfig',
  'runPodSandbox',
  'stopPodSandbox',
  'removePodSandbox',
  'podSandboxStatus',
  'listPodSandbox',
  'createContainer',
  'startContainer',
  'stopContainer',
  'removeContainer',
  'listContainers',
  'containerStatus',
  'updateContainerResources',
  'reopenContainerLog',
  'execSync',
  'exec',
  'attach',
  'portForward',
  'containerStats',
  'listContainerStats',
  'listPodSandboxStats',
] as const satisfies readonly (keyof Cri)[];

export const imageServiceMethods = [
  'listImages',
  'imageStatus',
  'pullImage',
  'removeImage',
  'imageFsInfo',
] as const satisfies readonly (keyof Cri)[];

export type UnaryMethod = (typeof runtimeServiceMethods)[number] | (typeof imageServiceMethods)[number];

// Fails to compile when a method of `Cri` is in neither list.
const complete: Exclude<keyof Cri, UnaryMethod | 'getContainerEvents'> extends never ? true : false = true;
void complete;

/** A unary method with its types forgotten: request and answer pass through unread. */
export type AnyUnary = (request: unknown) => Promise<unknown>;

/** The unary half of a `Cri`, made method by method. */
export function unaryCri(make: (method: UnaryMethod) => AnyUnary): Omit<Cri, 'getContainerEvents'> {
  const methods = [...runtimeServiceMethods, ...imageServiceMethods];
  return Object.fromEntries(methods.map((method) => [method, make(method)])) as unknown as Omit<
    Cri,
    'getContainerEvents'
  >;
}
