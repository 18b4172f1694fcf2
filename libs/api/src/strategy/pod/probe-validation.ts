import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { Container, LifecycleHandler, Probe } from '../../generated/kinds.ts';
import { validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { validatePortNumber, validatePortReference } from './port-validation.ts';

type Handler = LifecycleHandler & Pick<Probe, 'grpc'>;

/** The probes and life cycle hooks of a container. */
export function validateProbes(container: Container, path: string): FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  return [
    ...(lifecycle?.postStart ? validateHandler(lifecycle.postStart, `${path}.lifecycle.postStart`) : []),
    ...(lifecycle?.preStop ? validateHandler(lifecycle.preStop, `${path}.lifecycle.preStop`) : []),
    ...validateProbe(livenessProbe, `${path}.livenessProbe`),
    ...validateSingleSuccess(livenessProbe, `${path}.livenessProbe`),
    ...validateProbe(readinessProbe, `${path}.readinessProbe`),
    ...(readinessProbe?.terminationGracePeriodSeconds === undefined
      ? []
      : [
          invalidValue(
            `${path}.readinessProbe.terminationGracePeriodSeconds`,
            readinessProbe.terminationGracePeriodSeconds,
            'must not be set for readinessProbes',
          ),
        ]),
    ...validateProbe(startupProbe, `${path}.startupProbe`),
    ...validateSingleSuccess(startupProbe, `${path}.startupProbe`),
  ];
}

function validateProbe(probe: Probe | undefined, path: string): FieldError[] {
  if (!probe) return [];
  const { terminationGracePeriodSeconds: grace } = probe;
  return [
    ...validateHandler(probe, path),
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

function validateHandler(handler: Handler, path: string): FieldError[] {
  const kinds = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((kind) => handler[kind]);
  if (kinds.length === 0) return [required(path, 'must specify a handler type')];
  const surplus = kinds
    .slice(1)
    .map((kind) => forbiddenField(`${path}.${kind}`, 'may not specify more than 1 handler type'));
  return [...surplus, ...validateAction(handler, path)];
}

function validateAction(handler: Handler, path: string): FieldError[] {
  const { exec, httpGet, tcpSocket, grpc } = handler;
  const findings: FieldError[] = [];
  if (exec && (exec.command?.length ?? 0) === 0) findings.push(required(`${path}.exec.command`));
  if (httpGet) {
    if (!httpGet.path) findings.push(required(`${path}.httpGet.path`));
    findings.push(...validatePortReference(httpGet.port, `${path}.httpGet.port`));
    if (!['HTTP', 'HTTPS'].includes(httpGet.scheme ?? '')) {
      findings.push(notSupported(`${path}.httpGet.scheme`, httpGet.scheme ?? '', ['HTTP', 'HTTPS']));
    }
  }
  if (tcpSocket) findings.push(...validatePortReference(tcpSocket.port, `${path}.tcpSocket.port`));
  if (grpc) findings.push(...validatePortNumber(grpc.port, `${path}.grpc.port`));
  return findings;
}
