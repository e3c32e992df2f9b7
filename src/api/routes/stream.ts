import type { OutgoingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { readCursor } from '../../stream/cursor.ts';
import { STREAM_EVENTS, type StreamEventName } from '../../stream/event.ts';
import { ApiError } from '../errors.ts';
import type { Routes } from '../routing.ts';

const OIDS_MOST = 1_000;

/** `/v1/stream`: what happens to the trackers of a company, as it happens. */
export const streamRoutes: Routes = (app, { stream }) => {
  // Streams never end by themselves, and a server that stops waits for all that is under way.
  app.addHook('preClose', async () => stream.close());
  app.route({
    method: 'GET',
    url: '/v1/stream',
    config: { access: 'read', errors: ['StreamMaxNumber'] },
    schema: {
      tags: ['telemetry'],
      summary: 'Places and changes of the trackers of the company, as they come, as Server-Sent Events',
      description: ABOUT,
      querystring: z.strictObject({
        cursor: z
          .string()
          .max(100)
          .optional()
          .meta({ description: 'Id of the last event that was read; the header `Last-Event-ID` goes before it' }),
        oids: z.string().max(40_000).optional().meta({ description: 'Only these trackers, with commas between' }),
        events: z
          .string()
          .max(100)
          .optional()
          .meta({ description: `Only these events, with commas between: ${STREAM_EVENTS.join(', ')}` }),
      }),
      response: { 200: z.string().meta({ description: '`text/event-stream`' }) },
    },
    handler: (request, reply) => {
      const { companyId, proof } = request.caller;
      const { cursor: asked, oids, events } = request.query;
      const given = [request.headers['last-event-id']].flat()[0] ?? asked;
      const cursor = given === undefined || given === '' ? null : readCursor(given);
      if (given !== undefined && given !== '' && cursor === null) {
        throw new ApiError('ApiAttributeException', 'the cursor is none that this API has given');
      }
      const wish = {
        oids: oids === undefined ? null : new Set(oidsIn(oids)),
        events: new Set(events === undefined ? STREAM_EVENTS : listOf(events).map(eventOf)),
      };
      stream.admit(companyId);
      const { raw } = reply;
      // It ends with its connection: its pieces need no frames of their own.
      raw.useChunkedEncodingByDefault = false;
      raw.shouldKeepAlive = false;
      reply.hijack();
      raw.writeHead(200, { ...(reply.getHeaders() as OutgoingHttpHeaders), ...HEADERS });
      stream.open({ companyId, keyId: proof }, wish, cursor, raw);
    },
  });
};

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Proxies that collect answers would keep events back.
  'x-accel-buffering': 'no',
};

const ABOUT = `An event \`position\` for each place that a tracker of the company states to this gateway, and \`transition\` for each change of
status. Each has an id: whoever comes again with the last one it read, as browsers do by themselves, is told all that it missed, in
order. Where that is not possible any more, an event \`reset\` says why, and the stream goes on from now. An event \`end\` says that it is
of no use to come again. A reader that does not read is cut off; nothing is lost to it. See docs/stream.md.`;

const listOf = (text: string): string[] => text.split(',').map((part) => part.trim());

function oidsIn(text: string): string[] {
  const oids = listOf(text);
  if (oids.length > OIDS_MOST)
    throw new ApiError('ApiAttributeException', `\`oids\`: at most ${OIDS_MOST}; leave it out for all`);
  return oids;
}

function eventOf(name: string): StreamEventName {
  const found = STREAM_EVENTS.find((known) => known === name);
  if (found === undefined)
    throw new ApiError('ApiAttributeException', `\`events\`: "${name}" is none of ${STREAM_EVENTS.join(', ')}`);
  return found;
}
