import { isoOrNull, keyedValues } from '#model/plain-json';
import type { ReplayedMessage } from '../messages.ts';

/** Writes a GeoJSON FeatureCollection (RFC 7946) a piece at a time: one point for each message with a place. */
export class GeoJsonWriter {
  #features = 0;

  head(): string {
    return '{"type":"FeatureCollection","features":[\n';
  }

  /** A point, `null` for a message that has no possible place. */
  feature({ piece, message, resend }: ReplayedMessage): string | null {
    const { position } = message;
    if (position === null || position.distrust === 'out_of_range' || position.distrust === 'null_island') return null;
    const { lat, lon, altitudeM } = position;
    const feature = {
      type: 'Feature',
      geometry: { type: 'Point', coordinates: altitudeM === null ? [lon, lat] : [lon, lat, altitudeM] },
      properties: {
        ident: message.ident,
        observedAt: isoOrNull(message.observedAt),
        receivedAt: isoOrNull(piece.at),
        protocol: piece.codec?.name ?? null,
        valid: position.valid,
        speedKmh: position.speedKmh,
        courseDeg: position.courseDeg,
        satellites: position.satellites,
        hdop: position.hdop,
        resend,
        signals: keyedValues(message.signalKeys, message.signalValues),
        states: keyedValues(message.stateKeys, message.stateValues),
        events: message.events.map(({ code }) => code),
      },
    };
    return `${this.#features++ === 0 ? '' : ',\n'}${JSON.stringify(feature)}`;
  }

  foot(): string {
    return '\n]}\n';
  }
}
