import { z } from 'zod';
import { flag, text } from './fields.ts';

/** Certificate and key of a port. */
export const tls = z
  .strictObject({
    certFile: text('PEM file of the certificate, followed by those that lead to its authority', 'a path'),
    keyFile: text('PEM file of its key', 'a path'),
    clientCaFile: text('PEM file of the authorities whose client certificates are believed', 'a path').optional(),
    requireClientCert: flag('Refuses connections without a certificate that those authorities have signed').default(false),
    identFromClientCert: flag(
      'A client certificate proves the device whose ident is its common name; its frames may name no other. Over TCP; MQTT has `mqtt.certificates`',
    ).default(false),
  })
  .meta({ description: 'Speaks TLS on this port. The files are read again when they change, for new connections' });
