import type { ReceivedReview, WebhookAnswer } from '../../api/webhook-server.ts';

type Endpoint = Record<string, unknown> & { host?: string; port?: string; hostPort?: string };

const text = { type: 'string' };
const schemas = {
  v1: { openAPIV3Schema: { type: 'object', properties: { hostPort: text } } },
  v2: { openAPIV3Schema: { type: 'object', properties: { host: text, port: text } } },
};

/** A host and a port: version v1 has them in one field, v2 in two. */
export function hostPortVersions(
  storage: 'v1' | 'v2',
  v1: object = {},
  v2: object = {},
): readonly VersionOfDefinition[] {
  return [
    { name: 'v1', served: true, storage: storage === 'v1', schema: schemas.v1, ...v1 },
    { name: 'v2', served: true, storage: storage === 'v2', schema: schemas.v2, ...v2 },
  ];
}

export interface VersionOfDefinition {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: object;
}

/** The conversion webhook between the two. */
export function convertHostPort({ review: { request } }: ReceivedReview): WebhookAnswer {
  const { objects, desiredAPIVersion } = request;
  const convertedObjects = objects.map((object: Endpoint) => converted(object, desiredAPIVersion));
  return { result: { status: 'Success' }, convertedObjects };
}

function converted({ host, port, hostPort, ...object }: Endpoint, apiVersion: string): object {
  if (apiVersion === object.apiVersion) throw new Error(`asked to convert ${apiVersion} to itself`);
  if (apiVersion.endsWith('/v1')) {
    const known = host !== undefined || port !== undefined;
    return { ...object, apiVersion, ...(known && { hostPort: `${host ?? ''}:${port ?? ''}` }) };
  }
  const [first, second] = hostPort?.split(':') ?? [];
  return { ...object, apiVersion, ...(hostPort !== undefined && { host: first, port: second }) };
}
