"""What the CSV of published figures and a report's JSON have in common."""
import csv
import json

PLACES = {
    'Japan': 'JP', 'Argentina': 'AR', 'Finland': 'FI', 'Turkey': 'TR', 'Spain': 'ES',
    'Korea (south)': 'KR', 'Taiwan': 'TW', 'Brazil': 'BR', 'Austria': 'AT', 'Germany': 'DE',
    'United States': 'US', 'Norway': 'NO', 'Tunisia': 'TN',
}


def published(path):
    """The rows of the CSV as (period, dimension, key, printed value)."""
    with open(path, newline='', encoding='utf-8') as f:
        return [(r['period'], r['dimension'], r['key'], r['value']) for r in csv.DictReader(f)]


def periods(report):
    return {p['label']: p for p in report['periods']}


def system_name(cell):
    system, service_pack, bits, _server = cell['key']
    return f'{system} {service_pack} {bits}-bit'


def printed(report, period, dimension, key):
    """The digit that the report prints for a published row, or None."""
    p = periods(report).get(period)
    if p is None:
        return None
    if dimension == 'world':
        return p['world']['cells'][0]['print'] if p['world']['cells'] else None
    if dimension == 'country':
        cells = {c['key'][0]: c['print'] for c in p['country']['cells']}
        return cells.get(PLACES[key])
    cells = {system_name(c): c['print'] for c in p['system']['cells']}
    return cells.get(key) or cells.get(key + ' 32-bit')


def load(path):
    with open(path, encoding='utf-8') as f:
        return json.load(f)
