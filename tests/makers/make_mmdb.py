"""A small database of addresses in MaxMind's DB format 2.0, for scenarios (the same as
make_mmdb.c): make('x.mmdb', {'127.0.0.0/8': 'JP'})."""
import ipaddress


def _text(s):
    return bytes([0x40 | len(s)]) + s.encode()


def make(path, networks, key='country_code'):
    nodes = [[None, None]]
    data = b''
    for name, country in networks.items():
        net = ipaddress.ip_network(name)
        at = len(data)
        data += b'\xe1' + _text(key) + _text(country)
        node = 0
        bits = f'{int(net.network_address):032b}'[:net.prefixlen]
        for i, bit in enumerate(bits):
            if i + 1 == len(bits):
                nodes[node][int(bit)] = ('data', at)
            elif nodes[node][int(bit)] is None:
                nodes.append([None, None])
                nodes[node][int(bit)] = len(nodes) - 1
                node = len(nodes) - 1
            else:
                node = nodes[node][int(bit)]
    out = b''
    for pair in nodes:
        for record in pair:
            value = len(nodes) if record is None else record
            if isinstance(record, tuple):
                value = len(nodes) + 16 + record[1]
            out += value.to_bytes(3, 'big')
    u16 = lambda v: b'\xa2' + v.to_bytes(2, 'big')  # noqa: E731
    out += bytes(16) + data + b'\xab\xcd\xefMaxMind.com' + b'\xe9'
    out += _text('binary_format_major_version') + u16(2)
    out += _text('binary_format_minor_version') + u16(0)
    out += _text('build_epoch') + b'\x01\x02\x01'
    out += _text('database_type') + _text('test') + _text('description') + b'\xe0'
    out += _text('ip_version') + u16(4) + _text('languages') + b'\x00\x04'
    out += _text('node_count') + b'\xc4' + len(nodes).to_bytes(4, 'big')
    out += _text('record_size') + u16(24)
    with open(path, 'wb') as f:
        f.write(out)
