import { z } from 'zod';
import { text } from './fields.ts';

/** Certificate and key of a port. */
export const tls = z
  .strictObject({
    certFile: text('PEM file of the certificate, followed by those that lead to its authority', 'a path'),
    keyFile: text('PEM file of its key', 'a path'),
    clientCaFile: text('PEM file of the authorities whose client certificates are believed', 'a path').optional(),
  })
  .meta({ description: 'Speaks TLS on this port' });
