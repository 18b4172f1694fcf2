import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { Container, HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '../../generated/kinds.ts';
import { validateNonNegative } from '../object-meta/object-meta-validation.ts';
import type { PodContext } from './pod-context.ts';
import { validatePortNumber, validatePortReference } from './port-validation.ts';
import { validateStopSignal } from './stop-signal-validation.ts';

type Handler = LifecycleHandler & Pick<Probe, 'grpc'>;

const schemes = ['HTTP', 'HTTPS'];
const headerNameText =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

/** The probes and life cycle hooks of a container that keeps running. */
export function validateProbes(container: Container, pod: PodContext, path: string): FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const readinessGrace = readinessProbe?.terminationGracePeriodSeconds;
  return [
    ...validateLifecycle(lifecycle, pod, `${path}.lifecycle`),
    ...validateProbe(livenessProbe, `${path}.livenessProbe`),
    ...validateSingleSuccess(livenessProbe, `${path}.livenessProbe`),
    ...validateProbe(readinessProbe, `${path}.readinessProbe`),
    ...(readinessGrace === undefined
      ? []
      : [
          invalidValue(
            `${path}.readinessProbe.terminationGracePeriodSeconds`,
            readinessGrace,
            'must not be set for readinessProbes',
          ),
        ]),
    ...validateProbe(startupProbe, `${path}.startupProbe`),
    ...validateSingleSuccess(startupProbe, `${path}.startupProbe`),
  ];
}

function validateLifecycle(lifecycle: Lifecycle | undefined, pod: PodContext, path: string): FieldError[] {
  if (!lifecycle) return [];
  const { postStart, preStop, stopSignal } = lifecycle;
  return [
    ...(postStart ? validateHandler(postStart, pod.gracePeriodSeconds, `${path}.postStart`) : []),
    ...(preStop ? validateHandler(preStop, pod.gracePeriodSeconds, `${path}.preStop`) : []),
    ...validateStopSignal(stopSignal, pod.osName, `${path}.stopSignal`),
  ];
}

function validateProbe(probe: Probe | undefined, path: string): FieldError[] {
  if (!probe) return [];
  const { terminationGracePeriodSeconds: grace } = probe;
  return [
    ...validateHandler(probe, undefined, path),
    ...validateNonNegative(probe.initialDelaySeconds ?? 0, `${path}.initialDelaySeconds`),
    ...validateNonNegative(probe.timeoutSeconds ?? 0, `${path}.timeoutSeconds`),
    ...validateNonNegative(probe.periodSeconds ?? 0, `${path}.periodSeconds`),
    ...validateNonNegative(probe.successThreshold ?? 0, `${path}.successThreshold`),
    ...validateNonNegative(probe.failureThreshold ?? 0, `${path}.failureThreshold`),
    ...(grace !== undefined && grace <= 0
      ? [invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')]
      : []),
  ];
}

/** A liveness or startup probe has done its work with the first success. */
function validateSingleSuccess(probe: Probe | undefined, path: string): FieldError[] {
  if (!probe || (probe.successThreshold ?? 1) === 1) return [];
  return [invalidValue(`${path}.successThreshold`, probe.successThreshold, 'must be 1')];
}

function validateHandler(handler: Handler, graceSeconds: number | undefined, path: string): FieldError[] {
  const kinds = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((kind) => handler[kind]);
  const [first, ...surplus] = kinds;
  if (first === undefined) return [required(path, 'must specify a handler type')];
  return [
    ...validateAction({ [first]: handler[first] }, graceSeconds, path),
    ...surplus.map((kind) => forbiddenField(`${path}.${kind}`, 'may not specify more than 1 handler type')),
  ];
}

function validateAction(handler: Handler, graceSeconds: number | undefined, path: string): FieldError[] {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec) return (exec.command?.length ?? 0) === 0 ? [required(`${path}.exec.command`)] : [];
  if (httpGet) return validateHttpGet(httpGet, `${path}.httpGet`);
  if (tcpSocket) return validatePortReference(tcpSocket.port, `${path}.tcpSocket.port`);
  if (grpc) return validatePortNumber(grpc.port, `${path}.grpc.port`);
  if (!sleep || graceSeconds === undefined || (sleep.seconds >= 0 && sleep.seconds <= graceSeconds)) return [];
  const text = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [invalidValue(`${path}.sleep`, sleep.seconds, text)];
}

function validateHttpGet({ path, port, scheme = '', httpHeaders = [] }: HTTPGetAction, at: string): FieldError[] {
  const findings = path ? [] : [required(`${at}.path`)];
  findings.push(...validatePortReference(port, `${at}.port`));
  if (!schemes.includes(scheme)) findings.push(notSupported(`${at}.scheme`, scheme, schemes));
  for (const { name } of httpHeaders) {
    const texts = /^[-A-Za-z0-9]+$/.test(name) ? [] : [headerNameText];
    findings.push(...invalidTexts(`${at}.httpHeaders`, name, texts));
  }
  return findings;
}
