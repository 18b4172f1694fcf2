/** Where the writer meant an entry to be. A follower takes no entry that the broker keeps elsewhere. */
export const POSITION_HEADER = 'Orrery-Position';

/**
 * Where the broker says once what happens to a stream: created, updated, deleted; the last token names the stream. nats-server 2.9 may keep a deletion to itself,
 * because the stream's own messenger goes with it.
 */
export const STREAM_ADVISORY = '$JS.EVENT.ADVISORY.STREAM.*.*';
