import type { ApiObject, Namespace } from '@orrery/api';
import { type Activation, type AskAuthorizer, AuthorizerValue, valueOfJson } from '@orrery/cel';
import type { UserInfo } from '../../authentication/user-info.ts';
import { type Authorizer, resourceAttributes } from '../../authorization/authorizer.ts';
import type { ObjectVersions } from '../../custom-resources/object-versions.ts';
import { admissionReview } from '../webhook/admission-review.ts';
import type { Invocation } from '../webhook/webhook.ts';
import { reviewedObjects } from '../webhook/webhook-caller.ts';

/** What expressions look at besides the request. */
export interface ExpressionContext {
  readonly authorizer: Authorizer;
  readonly versions: Pick<ObjectVersions, 'convert'>;
}

/** Values of the variables of `expressionEnvironment` for one request; the object is the one of now. */
export async function expressionActivation(
  invocation: Invocation,
  namespace: Namespace | undefined,
  { authorizer, versions }: ExpressionContext,
  params?: ApiObject,
): Promise<Activation> {
  const { attributes } = invocation;
  const { object, old } = await reviewedObjects(invocation, versions);
  const asking = new AuthorizerValue(questionsOf(attributes.user, authorizer));
  const { requested, subresource, namespace: inNamespace, name } = attributes;
  const { group, resource } = requested;
  return {
    object: valueOfJson(object),
    oldObject: valueOfJson(old),
    request: () => valueOfJson(requestOf(invocation)),
    namespaceObject: () => valueOfJson(namespace && visibleNamespace(namespace)),
    params: valueOfJson(params),
    authorizer: asking,
    'authorizer.requestResource': () => asking.resource({ group, resource, subresource, namespace: inNamespace, name }),
  };
}

/** The request as webhooks get it, without the objects, which are variables of their own. */
function requestOf(invocation: Invocation): object {
  const review = admissionReview('v1', '', invocation, { object: undefined, old: undefined });
  const { request } = review as { request: Record<string, unknown> };
  const { uid: _uid, object: _object, oldObject: _oldObject, ...visible } = request;
  return visible;
}

function visibleNamespace({ metadata, spec, status }: Namespace): object {
  const { managedFields: _fields, ownerReferences: _owners, selfLink: _link, ...visible } = metadata;
  return { metadata: visible, spec, status };
}

function questionsOf(user: UserInfo, authorizer: Authorizer): AskAuthorizer {
  return (question, serviceAccount) => {
    const subject = serviceAccount === undefined ? user : serviceAccountUser(serviceAccount);
    const request =
      question.kind === 'path'
        ? ({ kind: 'path', path: question.path, verb: question.verb } as const)
        : resourceAttributes({ ...question, version: '*' });
    const { verdict, reason } = authorizer.decide(subject, request);
    return { allowed: verdict === 'allow', reason, error: '' };
  };
}

function serviceAccountUser({ namespace, name }: { readonly namespace: string; readonly name: string }): UserInfo {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}
