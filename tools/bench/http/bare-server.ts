/**
 * The yardstick: a server of Node's own that sends the same bytes to everybody and does nothing else. Prints its port.
 *
 *   node bare-server.ts <file with the bytes> [<file with key and certificate as PEM>]
 */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';

const [bodyFile = '', pemFile] = process.argv.slice(2);
const body = readFileSync(bodyFile);
const answer: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(body.length) });
  response.end(body);
};
const pem = pemFile === undefined ? undefined : readFileSync(pemFile, 'utf8');
const server = pem === undefined ? createServer(answer) : createHttpsServer({ key: pem, cert: pem }, answer);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
process.once('SIGTERM', () => process.exit(0));
