"""Figures to the contract of docs/formats/report.md, with every table that there is: so that every
chart of the page can be shown and tried without a fleet.  They describe nothing; they are marked
as simulated.  `python3 fixture.py TEMPLATE OUT.html [en|ja|pt|zh]` makes a page to look at."""
import hashlib
import json
import math
import random
import sys

PLACES = {  # code: (CCM about which it moves, executions a quarter)
    'US': (6.6, 9e6), 'JP': (2.6, 3.1e6), 'DE': (2.9, 2.4e6), 'FR': (4.0, 1.9e6), 'GB': (5.2, 2e6), 'BR': (14.2, 2.2e6),
    'CN': (3.1, 2.9e6), 'KR': (24.1, 1.5e6), 'TR': (27.4, 1.1e6), 'ES': (18.2, 1.3e6), 'IT': (6.1, 1.4e6),
    'RU': (8.3, 1.2e6), 'IN': (7.0, 8e5), 'MX': (11.8, 7e5), 'TW': (14.0, 6e5), 'PL': (9.1, 7e5), 'SE': (3.3, 4e5),
    'AT': (2.8, 3e5), 'FI': (2.3, 2.5e5), 'NO': (3.0, 2.2e5), 'PT': (12.0, 3e5), 'AR': (7.4, 4e5), 'TN': (9.9, 1.1e5),
    'EG': (16.3, 2e5), 'ZA': (5.9, 2.4e5), 'AU': (4.4, 8e5), 'NZ': (3.8, 2e5), 'SG': (5.0, 1.8e5), 'HK': (4.9, 2.1e5),
    'IL': (7.7, 2.3e5), 'SA': (16.0, 2.6e5), 'TH': (15.1, 3.4e5), 'VN': (9.2, 2e5), 'UA': (8.8, 2.2e5), 'MT': (3.1, 1.05e5),
    'CL': (7.9, 2.1e5),
}
FAMILIES = [  # name, category, share of the cleaned computers at first and at last, enterprise's factor
    ('Conficker', 'worm', 11.0, 9.2, 1.9), ('Taterf', 'password-stealer', 14.0, 7.5, .9), ('Frethog', 'password-stealer', 9.0, 6.6, .8),
    ('Renos', 'downloader', 15.5, 8.1, .5), ('Alureon', 'trojan', 8.4, 9.6, .6), ('Rimecud', 'worm', 3.1, 8.9, 1.6),
    ('Hamweq', 'worm', 6.6, 4.2, 1.3), ('FakeSpypro', 'trojan', 1.4, 6.9, .4), ('Vundo', 'trojan', 10.2, 3.3, .5),
    ('Zwangi', 'adware', 2.2, 6.1, .3), ('Hotbar', 'adware', 7.1, 5.8, .2), ('Autorun', 'worm', 7.9, 9.9, 1.7),
    ('Sality', 'virus', 4.4, 5.0, 1.0), ('Hupigon', 'backdoor', 4.9, 2.1, 1.0), ('Pdfjsc', 'exploit', 1.0, 4.4, 1.1),
    ('Bancos', 'password-stealer', 3.3, 3.4, .7), ('OpenCandy', 'unwanted', .8, 5.7, .3), ('Lethic', 'backdoor', .5, 2.9, .8),
    ('Bubnix', 'downloader', .4, 1.8, .8), ('Jeefo', 'virus', 1.9, 1.1, 1.2), ('Banload', 'downloader', 2.1, 2.2, .6),
    ('ShopAtHome', 'adware', 1.4, 1.9, .2), ('Cutwail', 'downloader', 2.5, 1.2, .9), ('Rustock', 'backdoor', 1.3, .6, .9),
    ('Yektel', 'trojan', 1.6, .7, .5), ('Keylogger', 'spyware', .5, .6, .8), ('Brontok', 'worm', 2.6, 1.9, 1.5),
]
CATEGORIES = ['trojan', 'downloader', 'worm', 'password-stealer', 'adware', 'exploit', 'backdoor', 'virus', 'spyware', 'unwanted']
SYSTEMS = [('Windows XP', 'SP2', '32', 'no', 15.9, 11), ('Windows XP', 'SP3', '32', 'no', 10.9, 38), ('Windows Vista', 'RTM', '32', 'no', 10.0, 3),
           ('Windows Vista', 'RTM', '64', 'no', 7.6, .7), ('Windows Vista', 'SP1', '32', 'no', 8.1, 5), ('Windows Vista', 'SP1', '64', 'no', 6.0, 1.2),
           ('Windows Vista', 'SP2', '32', 'no', 6.1, 12), ('Windows Vista', 'SP2', '64', 'no', 3.9, 2.4),
           ('Windows 7', 'RTM', '32', 'no', 3.8, 16), ('Windows 7', 'RTM', '64', 'no', 2.5, 9),
           ('Windows Server 2003', 'SP2', '32', 'yes', 3.3, 1.1), ('Windows Server 2008', 'R2', '64', 'yes', 2.0, .4)]
QUARTERS = ['1Q10', '2Q10', '3Q10', '4Q10', '1Q11', '2Q11', '3Q11', '4Q11', '1Q12', '2Q12', '3Q12', '4Q12']
EXPLOITS = {'html': (34, 41), 'java': (18, 39), 'os': (22, 12), 'documents': (15, 9), 'flash': (6, 12), 'other': (9, 4)}
NVD = [f'{h}H{y:02}' for y in range(9, 13) for h in (1, 2)]
chance = random.Random(19)


def wilson(x, n):
    if n <= 0:
        return 0.0, 0.0, 0.0
    z, p = 1.959964, min(x / n, 1)
    middle, half = (p + z * z / (2 * n)) / (1 + z * z / n), z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return p, min(max(middle - half, 0), p), max(min(middle + half, 1), p)


def cell(key, x, n, scale, **more):
    x, n = round(x), round(n)
    p, low, high = wilson(x, n)
    value = p * scale
    return {'key': list(key), 'n': n, 'x': x, 'value': value, 'print': f'{math.floor(value * 10 + .5) / 10:.1f}',
            'low': low * scale, 'high': high * scale, 'pooled': value, 'months': 3, **more}


def counted(key, n, **more):
    return {'key': list(key), 'n': round(n), 'x': round(n), 'value': round(n), 'print': str(round(n)), 'low': round(n), 'high': round(n),
            'pooled': round(n), 'months': 1, **more}


def table(query, unit, cells, hidden=(0, 0), **more):
    lines = ''.join('\t'.join([*c['key'], str(c['n']), str(c['x'])]) + '\n' for c in cells)
    return {'query': query, 'hash': hashlib.sha256(lines.encode()).hexdigest(), 'unit': unit, 'cells': cells,
            'hidden': {'cells': hidden[0], 'n': hidden[1]}, **more}


def falling(cells):
    return sorted(cells, key=lambda c: -c['value'])


def along(first, last, i, n=None):
    return first + (last - first) * i / ((n or len(QUARTERS)) - 1) + chance.uniform(-.03, .03) * first


def rate(code, i):
    """CCM of a place in the quarter i: setting before 1Q11, address after."""
    about = PLACES[code][0] * (1 + .08 * math.sin(i + PLACES[code][0]))
    return about * (1 if i < 4 else .72 if code in ('TW', 'ES', 'RU', 'US', 'FR') else .9)


def quarter_cells(code):
    n = PLACES[code][1]
    return [cell((code, q), rate(code, i) * n / 1000, n, 1000, located='setting' if i < 4 else 'address') for i, q in enumerate(QUARTERS)]


def sums(cells, scale, key=()):
    return cell(key, sum(c['x'] for c in cells), sum(c['n'] for c in cells), scale)


def shares(names, i, cleaned, factor=lambda f: 1, query='family'):
    cells = [cell((name, category), max(along(a, b, i), .1) * factor(f) / 100 * cleaned, cleaned, 100)
             for name, category, a, b, f in names]
    return falling([{**c, 'share': c['value'] / 100, 'share_low': c['low'] / 100, 'share_high': c['high'] / 100} for c in cells])


def findings(query, cells, n):
    """A table in CCM with the shares beside, as the program writes it."""
    made = [{**cell(c['key'], c['x'], n, 1000), **{k: c[k] for k in ('share', 'share_low', 'share_high')}} for c in cells]
    return table(query, 'ccm', made, (2, 7), computers=cells[0]['n'] if cells else 0)


def by_category(families):
    out = {}
    for c in families:
        out.setdefault(c['key'][1], []).append(c)
    cells = [cell((k,), min(sum(c['x'] for c in v) * .93, v[0]['n']), v[0]['n'], 100) for k, v in out.items()]
    return falling([{**c, 'share': c['value'] / 100, 'share_low': c['low'] / 100, 'share_high': c['high'] / 100} for c in cells])


def systems(i, n, encounter=False):
    cells = [cell((s, sp, bits, server), (ccm * (1 - .02 * i) if not encounter else 190 + 3 * (20 - ccm)) * n * share / 100 / 1000, n * share / 100,
                  100 if encounter else 1000, share=share / 100) for s, sp, bits, server, ccm, share in SYSTEMS]
    return table('system_encounter' if encounter else 'system', 'percent' if encounter else 'ccm', falling(cells), (3, 4100), min_share=0.0005)


def protection(i, cleaned_rate, n, period):
    off, unknown = .24, .04
    cells = [cell(('off',), cleaned_rate * 2.9 * n * off / 1000, n * off, 1000), cell(('on',), cleaned_rate * .52 * n * (1 - off - unknown) / 1000, n * (1 - off - unknown), 1000),
             cell(('unknown',), cleaned_rate * n * unknown / 1000, n * unknown, 1000)]
    factor = cells[0]['value'] / cells[1]['value']
    months = [cell((state, m), ccm * cleaned_rate * (1 + .06 * math.sin(k + i)) * n * part / 3 / 1000, n * part / 3, 1000)
              for k, m in enumerate(period) for state, ccm, part in (('off', 2.9, off), ('on', .52, .72))]
    return table('protection', 'ccm', cells, factor={'value': factor, 'print': f'{factor:.1f}', 'low': factor * .985, 'high': factor * 1.016},
                 off_share=cell((), n * off, n * .96, 100), months=table('protection_months', 'ccm', months))


def ways(family, variant, credential, exploit, preexisting, autorun, n):
    cells = falling([cell((k,), v * n / 100, n, 100) for k, v in
                     (('credential', credential), ('exploit', exploit), ('preexisting', preexisting), ('autorun', autorun)) if v > 0])
    net = credential + exploit
    network = [cell((k,), v * n / 100, net * n / 100, 100) for k, v in (('credential', credential), ('exploit', exploit))]
    return {'family': family, 'variant': variant, 'unknown': 377 if variant == '' else 0, 'all': table('propagation', 'percent', cells), 'network': table('propagation', 'percent', network)}


def months_of(label):
    q, y = int(label[0]), 2000 + int(label[2:])
    return [f'{y}-{m:02}' for m in range(3 * q - 2, 3 * q + 1)]


def places_of(i, families):
    out = []
    for code, (_, n) in PLACES.items():
        tilt = random.Random(code + str(i))
        own = [(f, c, a * (k := tilt.uniform(.4, 1.9)), b * k, e) for f, c, a, b, e in FAMILIES]
        cells = shares(own, i, max(rate(code, i) * n / 1000, 200))
        out.append({'country': code, 'category': findings('place_category', by_category(cells), n),
                    'family': findings('place_family', cells[:10], n)})
    return out


def period(i, places):
    label, quarters = QUARTERS[i], [quarter_cells(c)[i] for c in PLACES]
    n = sum(c['n'] for c in quarters)
    world = sums(quarters, 1000)
    cleaned, months = world['x'], months_of(label)
    families = shares(FAMILIES, i, cleaned)
    guarded = n * .3
    sides = [('home', cleaned * .8, lambda f: 1.1 / math.sqrt(f)), ('enterprise', cleaned * .15, lambda f: f)]
    segments = []
    for word, x, factor in sides:
        own = shares(FAMILIES, i, x, factor)
        segments.append({'segment': word, 'family': findings('segment_family', own, n * .7), 'category': findings('segment_category', by_category(own), n * .7)})
    encounter = [cell((c['key'][0],), min(.04 + c['value'] / 100 + .09, .6) * c['n'] * .3, c['n'] * .3, 100) for c in quarters]
    ages = {'0-7': 9, '8-30': 17, '31-90': 21, '91-180': 16, '181-365': 19, '366+': 15, 'unknown': 3}
    doors = {('update', 'MS08-067'): 4.1, ('update', 'MS10-046'): 9.4, ('update', 'MS10-061'): 11.2, ('door', 'weak-passwords'): 22.4, ('door', 'autorun'): 31.8,
             ('door', 'open-shares'): 17.2, ('door', 'kill-bits'): 6.6, ('update', 'MS12-027'): 18.1}
    p = {'label': label, 'from': months[0], 'to': months[2], 'months': 3,
         'runs': {'all': round(n * 1.4), 'clean': n, 'guard': round(n * .3), 'audit': 41_200, 'observe': 36, 'incomplete': 8123, 'simulated': round(n * 1.4)},
         'world': table('world', 'ccm', [world]), 'world_computers': table('world_computers', 'ccm-computers', [cell((), world['x'], n / 2.7, 1000)]),
         'encounter': table('encounter', 'percent', [sums(encounter, 100)]),
         'country': table('country', 'ccm', falling([{**c, 'key': c['key'][:1]} for c in quarters]), (14, 90_000), unplaced=221_000),
         'country_encounter': table('country_encounter', 'percent', falling(encounter), (14, 40_000)),
         'system': systems(i, n), 'system_encounter': systems(i, guarded, True),
         'segment': table('segment', 'ccm', [cell(('home',), cleaned * .8, n * .7, 1000), cell(('enterprise',), cleaned * .15, n * .25, 1000), cell(('unknown',), cleaned * .05, n * .05, 1000)]),
         'segment_encounter': table('segment_encounter', 'percent', [cell(('home',), guarded * .14, guarded * .75, 100), cell(('enterprise',), guarded * .025, guarded * .25, 100)]),
         'protection': protection(i, world['value'], n, months), 'family': findings('family', families, n), 'category': findings('category', by_category(families), n),
         'family_encounter': table('family_encounter', 'percent', falling([cell(c['key'], c['value'] / 100 * guarded * .2 * (2 if c['key'][1] == 'adware' else 1), guarded, 100) for c in families[:15]])),
         'category_encounter': table('category_encounter', 'percent', falling([cell(c['key'], c['value'] / 100 * guarded * .2, guarded, 100) for c in by_category(families)])),
         'segments': segments,
         'propagation': [ways('Conficker', '', 60, 20, 15, 5, 41_000), ways('Conficker', 'A', 0, 90, 8, 2, 6000), ways('Conficker', 'B', 62, 8, 21, 9, 21_000),
                         ways('Conficker', 'D', 71, 14, 13, 2, 14_000), ways('Rimecud', '', 4, 1, 25, 70, 9000)],
         'exposure': table('exposure', 'percent', falling([cell(k, v * 412, 41_200, 100) for k, v in doors.items()])),
         'patch_age': table('patch_age', 'percent', [cell((k,), v * 2210, 221_000, 100) for k, v in ages.items()]),
         'exploit': table('exploit', 'percent', falling([cell((k,), along(*v, i) / 100 * guarded * .05, guarded, 100) for k, v in EXPLOITS.items()])),
         'observation': table('observation', 'count', [counted(k, v) for k, v in ((('scan-445', 'Conficker'), 884_112), (('scan-1433', ''), 91_233), (('blocked-name', 'Conficker'), 12_004))])}
    if places:
        p['places'] = places_of(i, families)
    return p


def trends():
    world, encounter, families, exploits = [], [], [], []
    for i, q in enumerate(QUARTERS):
        quarters = [quarter_cells(c)[i] for c in PLACES]
        world.append(sums(quarters, 1000, (q,)))
        if i >= 6:
            encounter.append(cell((q,), (18.4 + 1.4 * math.sin(i)) * 60_000, 6_000_000, 100))
        families += [cell((c['key'][0], c['key'][1], q), c['x'], c['n'], 100) for c in shares(FAMILIES, i, world[-1]['x'])]
        exploits += [cell((k, q), along(*v, i) / 100 * 90_000, 1_800_000, 100) for k, v in EXPLOITS.items()]
    top = {c['key'][0] for q in QUARTERS for c in falling([c for c in families if c['key'][2] == q])[:10]}
    categories = [cell((c['key'][0], q), c['x'], c['n'], 100) for q in QUARTERS
                  for c in by_category([{**c, 'key': c['key'][:2]} for c in families if c['key'][2] == q])]
    country = [c for code in PLACES for c in quarter_cells(code)]
    return {'world': table('world', 'ccm', world, (1, 400)), 'encounter': table('encounter', 'percent', encounter), 'country': table('country', 'ccm', country, (31, 9000)),
            'country_encounter': table('country_encounter', 'percent', [cell(c['key'], (3 + c['value']) / 100 * c['n'] * .3, c['n'] * .3, 100) for c in country if QUARTERS.index(c['key'][1]) >= 6]),
            'category': table('category', 'percent', categories),
            'family': table('family', 'percent', [{**c, 'key': [c['key'][0], c['key'][2]]} for c in families if c['key'][0] in top]),
            'exploit': table('exploit', 'percent', exploits),
            'located': [{'key': [q], 'setting': 30_000_000 if i < 4 else 900_000, 'address': 20_000 if i < 4 else 31_000_000, 'unknown': 221_000} for i, q in enumerate(QUARTERS)],
            'breaks': [{'quarter': '1Q11', 'from': 'setting', 'to': 'address', 'share': .97}]}


def feeds():
    def rates(query, about):
        return table(query, 'per-1000-hosts', falling([cell((c,), random.Random(query + c).uniform(.1, about) * n / 90_000, n / 90, 1000) for c, (_, n) in PLACES.items()]), (5, 900))

    def parts(query, values):
        total = sum(values.values())
        return table(query, 'percent', falling([cell((k,), v * 300, total * 300, 100) for k, v in values.items()]))
    cells = []
    for kind, start in (('phishing', 42_000), ('hosting', 6100)):
        first, n = None, start
        for k in range(24):
            n = n * (1 + random.Random(f'{kind}{k}').uniform(-.12, .16))
            first = first or round(n)
            cells.append(counted((kind, f'{2011 + k // 12}-{k % 12 + 1:02}'), n, index=100 * round(n) / first))
    return {'hosts': {'source': 'hosts.csv', 'sha256': hashlib.sha256(b'hosts').hexdigest(), 'total': 2_913_000_000, 'what': 'IPv4 addresses by country'},
            'sources': [{'kind': k, 'file': f'{k}.csv', 'sha256': hashlib.sha256(k.encode()).hexdigest(), 'lines': 10_000, 'used': 9800, 'skipped': 31, 'outside': 40, 'refused': 12, 'other': 117} for k in ('hosting', 'phishing', 'drive_by', 'spam')],
            'hosting': rates('feed_hosting', 6), 'phishing': rates('feed_phishing', 4), 'drive_by': rates('feed_drive_by', 2), 'spam': rates('feed_spam', 30),
            'phishing_type': parts('feed_phishing_type', {'financial': 63, 'social': 14, 'isp': 3, 'game': 6, 'shop': 10, 'public': 2, 'unnamed': 2}),
            'spam_category': parts('feed_spam_category', {'pharmacy': 41, 'image-only': 6, 'advance-fee': 9, 'dating': 5, 'phishing': 7, 'malware': 8, 'product': 14, 'unnamed': 10}),
            'spam_stage': parts('feed_spam_stage', {'edge': 88, 'content': 12}), 'spam_reason': parts('feed_spam_reason', {'reputation': 71, 'recipient': 19, 'rule': 10}),
            'months': table('feed_months', 'count', cells)}


def disclosures():
    total = {h: 2900 - 180 * i + (300 if i == 6 else 0) for i, h in enumerate(NVD)}

    def split(query, parts):
        return table(query, 'count', [counted((h, k), total[h] * v / 100) for h in NVD for k, v in parts.items()])
    return {'sources': [{'file': 'nvdcve-1.1-2012.json', 'sha256': hashlib.sha256(b'nvd').hexdigest(), 'lines': 5000, 'used': 4900, 'refused': 0}],
            'half': table('nvd_half', 'count', [counted((h,), n) for h, n in total.items()]),
            'severity': split('nvd_severity', {'high': 35, 'medium': 51, 'low': 8, 'unknown': 6}), 'complexity': split('nvd_complexity', {'low': 52, 'medium': 38, 'high': 4, 'unknown': 6}),
            'score': split('nvd_score', {'v2': 94, 'none': 6}), 'product': split('nvd_product', {'os': 12, 'browser': 9, 'application': 71, 'other': 8}), 'vendor': split('nvd_vendor', {'microsoft': 6, 'apple': 7, 'oracle': 8, 'google': 5, 'other': 74})}


def figures(lang='en', full=True):
    periods = [period(i, k < 3) for k, i in enumerate((11, 10, 3))]
    queries = {q: f'SELECT … FROM … /* {q} */ WHERE month BETWEEN ?1 AND ?2' for q in ('world', 'country', 'system', 'family', 'category', 'segment', 'protection', 'encounter', 'exposure', 'patch_age', 'propagation', 'exploit')}
    out = {'schema': 2, 'tool': 'yamori 0.1.0', 'generated': '2026-11-29T20:00:00Z', 'title': '', 'lang': lang, 'threshold': {'value': 100_000, 'unit': 'executions in the period'},
           'min_computers': 5, 'confidence': .95, 'privacy': {'epsilon': 1.0, 'delta': 1e-6, 'mechanism': 'two-sided geometric', 'sensitivity': 'one computer in one month', 'tables': 24, 'scale': {'rate': 66}}, 'store': 'sqlite',
           'runs': periods[0]['runs'], 'queries': queries, 'definitions': {q: s.replace('month BETWEEN', 'time BETWEEN') for q, s in queries.items()},
           'periods': periods, 'trends': trends(), 'feeds': feeds(), 'disclosures': disclosures()}
    if not full:
        bare(out)
    return out


def bare(report):
    """Only what every store has: the sections of the rest must be absent."""
    report.update(privacy=None, feeds=None, disclosures=None, definitions={})
    report['trends'] = {'world': report['trends']['world'], 'breaks': []}
    for p in report['periods']:
        for name in ('world_computers', 'encounter', 'country_encounter', 'system_encounter', 'segment_encounter', 'protection', 'family_encounter',
                     'category_encounter', 'propagation', 'exposure', 'patch_age', 'exploit', 'observation', 'places'):
            p.pop(name, None)


HOSTILE = ['</script><img src=x onerror=alert(1)>', '"><svg onload=alert(2)>', '\u202egnp.exe\u202c', 'A' * 3000, '=cmd|calc!A1', '{n}{lang}', 'مرحبا بالعالم', '\u0001\u0002']


def hostile(report):
    """Every name that comes from a record is made by somebody who means harm."""
    for p in report['periods']:
        for t in [p['family'], p['family_encounter'], *(s['family'] for s in p['segments']), *(x['family'] for x in p['places'])]:
            for c, name in zip(t['cells'], HOSTILE):
                c['key'][0] = name
        for c, name in zip(p['system']['cells'], HOSTILE):
            c['key'][0] = name
        for c, name in zip(p['exposure']['cells'], HOSTILE):
            c['key'][1] = name
        p['propagation'][0]['family'] = HOSTILE[0]
        p['observation']['cells'][0]['key'] = [HOSTILE[1], HOSTILE[3]]
    report['title'] = HOSTILE[0] + HOSTILE[3][:100]
    report['queries']['world'] = HOSTILE[0]
    report['feeds']['hosts']['source'] = HOSTILE[1]
    return report


def page(template, report, publisher=''):
    """What src/report/page.c does."""
    data = json.dumps(report, ensure_ascii=False)
    for c in '<>&':
        data = data.replace(c, f'\\u{ord(c):04x}')

    def escaped(text):
        return ''.join(f'&#{ord(c)};' if c in '<>&"\'' else c for c in text)
    marks = {'@YAMORI_LANG@': report['lang'], '@YAMORI_TITLE@': escaped(report['title'] or 'Yamori security intelligence report'),
             '@YAMORI_PUBLISHER@': escaped(publisher), '@YAMORI_DATA@': data}
    for mark, text in marks.items():
        assert template.count(mark) == 1, mark
        template = template.replace(mark, text)
    return template


if __name__ == '__main__':
    with open(sys.argv[1], encoding='utf-8') as f, open(sys.argv[2], 'w', encoding='utf-8') as out:
        out.write(page(f.read(), figures(sys.argv[3] if len(sys.argv) > 3 else 'en'), 'National CERT of Examplia'))
