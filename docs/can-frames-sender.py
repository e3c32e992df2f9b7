#!/usr/bin/env python3
"""Sends instants with a fix and CAN frames to Odograph, and keeps each until it is acknowledged.

    python3 can-frames-sender.py HOST PORT IDENT

Python's standard library is all it needs; MicroPython on an ESP32 has the same modules. Replace `instants` by your receiver
and your bus (python-can, SocketCAN, an MCP2515 driver). The format: docs/can-frames.md.
"""

import binascii
import socket
import struct
import sys

# --- protobuf: four kinds of field are all there is ---


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def unsigned(field, n):
    return varint(field << 3) + varint(n)


def signed(field, n):
    return varint(field << 3) + varint(n << 1 if n >= 0 else (-n << 1) - 1)


def fixed32(field, n):
    return varint(field << 3 | 5) + struct.pack("<I", n & 0xFFFFFFFF)


def fixed64(field, n):
    return varint(field << 3 | 1) + struct.pack("<Q", n)


def section(field, body):
    return varint(field << 3 | 2) + varint(len(body)) + body


# --- the messages of can-frames.proto ---


def fix(lat, lon, altitude_m, speed_kmh, course_deg, satellites):
    return section(
        2,
        fixed32(1, round(lat * 1e7))
        + fixed32(2, round(lon * 1e7))
        + signed(3, round(altitude_m * 100))
        + unsigned(4, round(speed_kmh * 100))
        + unsigned(5, round(course_deg * 100))
        + unsigned(6, satellites),
    )


def can_frame(can_id, data, extended, bus=0):
    socket_can_id = can_id | (0x80000000 if extended else 0)
    return section(3, fixed32(1, socket_can_id) + section(2, data) + (unsigned(3, bus) if bus else b""))


def obd_answer(data):
    return section(4, section(1, data))


def device(supply_volts, ignition):
    return section(5, unsigned(1, round(supply_volts * 1000)) + unsigned(7, int(ignition)))


def record(time_ms, *parts):
    return section(4, fixed64(1, time_ms) + b"".join(parts))


def envelope(ident, records):
    return section(1, ident.encode()) + b"".join(records)


# --- the frame around them, and its ack ---


def frame(sequence, payload):
    head = b"ODCF" + struct.pack(">II", 1 << 24 | len(payload), sequence)
    return head + payload + struct.pack(">I", binascii.crc32(head + payload) & 0xFFFFFFFF)


def receive(link, count):
    data = b""
    while len(data) < count:
        more = link.recv(count - len(data))
        if not more:
            raise OSError("the gateway closed the connection")
        data += more
    return data


def deliver(address, payloads):
    """Sends each payload and forgets it when its ack is there; after any trouble begins again with the first that is not."""
    sequence, tries, link = 1, 0, None
    while sequence <= len(payloads):
        try:
            if link is None:
                link = socket.create_connection(address, timeout=10)
            link.sendall(frame(sequence, payloads[sequence - 1]))
            answer = receive(link, 8)
            if answer == b"ODNO" + struct.pack(">I", sequence):
                raise SystemExit("the gateway does not know this device")
            if answer == b"ODAK" + struct.pack(">I", sequence):
                sequence, tries = sequence + 1, 0
        except OSError as error:
            tries += 1
            if tries == 5:
                raise SystemExit("gave up: %s" % error)
            if link is not None:
                link.close()
                link = None


def instants():
    """Three seconds of a drive. Yours come from the receiver and the bus."""
    for second in range(3):
        yield record(
            1767225600000 + second * 1000,
            fix(40.4169 + second * 0.0002, -3.7038, 657.5, 80.0, 0.0, 11),
            # J1939: engine speed 1250 rpm, wheel speed 80 km/h
            can_frame(0x0CF00400, bytes.fromhex("FFFFFF1027FFFFFF"), True),
            can_frame(0x18FEF100, bytes.fromhex("FF0050FFFFFFFFFF"), True),
            # an OBD-II answer on a second bus: coolant 83 degrees
            can_frame(0x7E8, bytes.fromhex("0341057BAAAAAAAA"), False, 1),
            # the same by a whole answer, as an ISO-TP library gives it: fuel level
            obd_answer(bytes.fromhex("412F41")),
            device(27.6, True),
        )


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    host, port, ident = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    # One instant an envelope; several are better where each byte costs.
    deliver((host, port), [envelope(ident, [one]) for one in instants()])
    print("all acknowledged")
