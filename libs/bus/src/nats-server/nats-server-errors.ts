/** The broker's program is not on this machine. */
export class NatsServerMissingError extends Error {
  override readonly name = 'NatsServerMissingError';
  constructor(
    readonly command: string,
    options?: ErrorOptions,
  ) {
    super(`${command} was not found; on Debian and Ubuntu: apt-get install nats-server`, options);
  }
}

/** Another program listens where the broker was to. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  constructor(readonly address: string) {
    super(`${address} is taken by another program; stop it or choose another port`);
  }
}

/** The broker did not start. */
export class BrokerStartError extends Error {
  override readonly name = 'BrokerStartError';
  constructor(
    reason: string,
    /** The last lines of its log. */
    readonly lastLines: readonly string[],
  ) {
    super([reason, ...lastLines].join('\n  '));
  }
}
