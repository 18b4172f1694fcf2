import { type FieldError, forbiddenField, notSupported } from '../../errors/field-error.ts';

const windowsSignals = ['SIGKILL', 'SIGTERM'];
const namedSignals =
  'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ';
const realTimeSteps = 15;

const linuxSignals = [
  ...namedSignals.split(' ').map((name) => `SIG${name}`),
  'SIGRTMIN',
  'SIGRTMAX',
  ...Array.from({ length: realTimeSteps }, (_, i) => `SIGRTMIN+${i + 1}`),
  ...Array.from({ length: realTimeSteps - 1 }, (_, i) => `SIGRTMAX-${i + 1}`),
].sort();

/** The signal that ends a container; which ones there are depends on the pod's operating system, so that has to be said. */
export function validateStopSignal(
  signal: string | undefined,
  osName: string | undefined,
  field: string,
): FieldError[] {
  if (signal === undefined) return [];
  if (!osName) return [forbiddenField(field, 'may not be set for containers with empty `spec.os.name`')];
  const supported = osName === 'windows' ? windowsSignals : linuxSignals;
  return supported.includes(signal) ? [] : [notSupported(field, signal, supported)];
}
