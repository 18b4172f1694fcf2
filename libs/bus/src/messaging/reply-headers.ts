/** Headers of replies. A plain reply has none. */

/** `name` of the error that the handler threw; the message is the data. */
export const ERROR_HEADER = 'Orrery-Error';
/** Number of a chunk in its stream, from 1. 0: the stream was accepted, no chunk yet. */
export const SEQUENCE_HEADER = 'Orrery-Sequence';
/** Present on the message that ends a stream; its sequence is the number of chunks + 1. */
export const END_HEADER = 'Orrery-End';

/** What a requester sends to a stream's control subject, as data. */
export const CONTROL_CANCEL = 'cancel';
export const CONTROL_MORE = 'more';

/** Chunks that a responder sends before it waits for `CONTROL_MORE`, which grants half as many again. */
export const STREAM_WINDOW = 32;
