/** Bytes of data in one message on our brokers. Objects are at most 1.5 MiB; lists travel in chunks. */
export const PAYLOAD_BYTES_MAX = 8 * 1024 * 1024;

/** NATS counts headers as payload; so much is set aside for them. */
export const HEADER_BYTES_MAX = 4 * 1024;
