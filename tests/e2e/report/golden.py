"""Records drawn so that published figures come out of them: one small store for each report and
period, one function for each kind of row.  See e2e_golden.py."""
import csv
import json
from fractions import Fraction

NAMES = {
    'Afghanistan': 'AF', 'Bahrain': 'BH', 'Morocco': 'MA', 'Albania': 'AL', 'Mongolia': 'MN', 'Brazil': 'BR',
    'Iraq': 'IQ', 'Dominican Republic': 'DO', 'Egypt': 'EG', 'Saudi Arabia': 'SA', 'Tunisia': 'TN',
    'Turkey': 'TR', 'Jordan': 'JO', 'Macedonia': 'MK', 'Lebanon': 'LB', 'Yemen': 'YE', 'Portugal': 'PT',
    'Algeria': 'DZ', 'Libya': 'LY', 'Mexico': 'MX', 'United Arab Emirates': 'AE', 'Monaco': 'MC', 'Serbia': 'RS',
    'Bosnia and Herzegovina': 'BA', 'Jamaica': 'JM', 'Japan': 'JP', 'Argentina': 'AR', 'Finland': 'FI',
    'Spain': 'ES', 'Korea (south)': 'KR', 'Taiwan': 'TW', 'Austria': 'AT', 'Germany': 'DE', 'Norway': 'NO',
    'United States': 'US', 'China': 'CN', 'United Kingdom': 'GB', 'France': 'FR', 'Russia': 'RU', 'Italy': 'IT',
    'Pakistan': 'PK', 'Czech Republic': 'CZ', 'Hungary': 'HU', 'Romania': 'RO', 'Croatia': 'HR', 'Greece': 'GR',
    'Serbia and Montenegro': 'CS', 'Vietnam': 'VN', 'Philippines': 'PH', 'Macao': 'MO',
}
CATEGORIES = {'Miscellaneous Trojans': ('trojan', 'Trojan:Win32/Sirefef.P'), 'Exploits': ('exploit', 'Exploit:HTML/IframeRef'),
              'Trojan Downloaders & Droppers': ('downloader', 'TrojanDownloader:Win32/Renos'), 'Worms': ('worm', 'Worm:Win32/Taterf.B')}
PATHS = {'credential': 'credential', 'exploit': 'exploit', 'autorun': 'autorun', 'preexisting infection': 'preexisting',
         'weak or stolen passwords': 'credential', 'exploit of MS08-067': 'exploit'}


def rows(path):
    with open(path, newline='', encoding='utf-8') as f:
        return list(csv.DictReader(f))


def digits(value):
    return len(value.partition('.')[2])


def rounded(value, printed):
    """A value of the JSON with as many digits as the printed one, halves up."""
    d = digits(printed)
    scaled = Fraction(str(value)) * 10 ** d
    whole = (scaled + Fraction(1, 2) + Fraction(1, 10 ** 5)).__floor__()
    return f'{whole // 10 ** d}.{whole % 10 ** d:0{d}}' if d else str(whole)


def exact(value, scale, at_least):
    """(n, x) with x/n = value/scale or so near that it prints the same: the smallest n from at_least on."""
    want = Fraction(value) / scale
    tolerance = Fraction(1, 3 * 10 ** digits(value)) / scale
    n = at_least
    while True:
        x = (want * n + Fraction(1, 2)).__floor__()
        if abs(Fraction(x, n) - want) < tolerance and (x > 0 or want == 0):
            return n, x
        n += 1


class Store:
    """The records of one store, as lines of JSON."""

    def __init__(self):
        self.lines = []

    def add(self, n, month, run='clean', outcome='none', detections=(), **more):
        """n records of n computers in a month, "2009-01"."""
        head = {'schema': 2, 'tool': 'golden', 'run': run, 'system': 'Windows XP', 'service_pack': 'SP3', 'bits': 32,
                'server': False, 'country': 'US', 'located': 'setting', 'segment': 'home', 'protection': 'on', 'epoch': 0,
                'files': 1, 'gaps': 0, 'duration_ms': 1, 'outcome': outcome, 'simulated': True,
                'detections': list(detections), 'detections_left_out': 0, 'repairs': [], 'repairs_left_out': 0,
                'exposures': [], 'exposures_left_out': 0, 'observations': [], 'observations_left_out': 0}
        head.update(more)
        if head['country'] == 'ZZ':
            head['located'] = 'unknown'
        rest = json.dumps(head)[1:]
        for _ in range(n):
            number = len(self.lines) + 1
            self.lines.append(f'{{"id":"{number:032x}","machine":"{number:032x}","time":"{month}-10T12:00:00Z",{rest}\n')

    def rate(self, n, x, month, found=(('Worm:Win32/Taterf.B', 'Taterf', 'worm', ''),), **more):
        """n executions of `clean`, x of which cleaned something."""
        self.add(x, month, outcome='cleaned', detections=[detection(*f) for f in found], **more)
        self.add(n - x, month, **more)

    def met(self, n, x, month, found=(('Trojan:Win32/Sirefef.P', 'Sirefef', 'trojan', ''),), **more):
        """n computers with a guard, x of which met something."""
        self.add(x, month, run='guard', outcome='detected', detections=[detection(*f, True) for f in found], **more)
        self.add(n - x, month, run='guard', **more)


def detection(name, family, category, path, blocked=False):
    return {'family': family, 'name': name, 'category': category, 'object': '', 'path': path, 'blocked': blocked}


def months_of(period):
    """The months of a period's name."""
    if len(period) == 7:
        return [period]
    if len(period) == 4 and period.isdigit():
        return [f'{period}-{m:02}' for m in range(1, 13)]
    year, which, size = 2000 + int(period[2:]), int(period[0]), 6 if period[1] == 'H' else 3
    return [f'{year}-{m:02}' for m in range((which - 1) * size + 1, which * size + 1)]


def system_of(key):
    """Windows 7 SP1 64-bit -> its fields; one without bits has 32."""
    words = key.removesuffix(' 64-bit').removesuffix(' 32-bit').split(' ')
    plain = words[-1] not in ('RTM', 'SP1', 'SP2', 'SP3')
    return {'system': ' '.join(words if plain else words[:-1]), 'service_pack': 'RTM' if plain else words[-1],
            'bits': 64 if key.endswith('64-bit') else 32}


def cell(table, *key):
    found = [c for c in table['cells'] if c['key'][:len(key)] == list(key)]
    return found[0] if len(found) == 1 else None
