/** Characters of an answer that are shown. */
const shownMax = 2_048;

const problems: Readonly<Record<number, string>> = {
  401: 'the server has asked for the client to provide credentials',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  406: 'the server was unable to respond with a content type that the client supports',
  409: 'the server reported a conflict',
  415: 'the server was unable to respond with a content type that the client supports',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

/** What upstream's client says of an HTTP status that is no success and has no Status in its body. */
export function httpProblem(statusCode: number, body: string): string {
  const text = body.trim().slice(0, shownMax);
  if (statusCode === 400) return text === '' ? 'the server rejected our request for an unknown reason' : text;
  if (statusCode === 403) return text === '' ? 'unknown' : text;
  const known = problems[statusCode];
  if (known !== undefined) return known;
  if (statusCode < 500) return 'unknown';
  return `an error on the server (${JSON.stringify(text === '' ? 'unknown' : text)}) has prevented the request from succeeding`;
}
