// The words of the report.
export const en = {
  title: 'Security intelligence report',
  kicker: 'Yamori',
  made: 'Made on {when} by {tool}',
  simulated:
    '{n} of the {all} records behind this report were made by a generator. They do not describe real computers.',
  simulatedAll: 'All {all} records behind this report were made by a generator. They do not describe real computers.',
  tileCcm: 'Worldwide infection rate (CCM)',
  tileRuns: 'Executions',
  tileCleaned: 'Computers cleaned',
  tilePlaces: 'Locations shown',
  interval: '95 % interval {low} to {high}',
  tileRunsNote: 'of the removal tool, over {months} months',
  tileRunsNoteOne: 'of the removal tool, in one month',
  tileCleanedNote: 'each counts once a month',
  tilePlacesNote: '{cells} more are below the threshold',
  belowThreshold: 'below the threshold',
  mapTitle: 'Infection rates around the world',
  mapLead: 'Computers cleaned per 1,000 executions (CCM), by country or region, {period}.',
  mapLabel: 'World map of CCM',
  mapHelp: 'Tab goes to a place, the arrow keys to its neighbours.',
  countryTitle: 'By country or region',
  cleaned: 'Cleaned',
  pooled: 'Pooled',
  hidden: 'Not shown: {cells} cells with fewer than {value} executions in the period ({n} executions together).',
  hiddenNone: 'Threshold: {value} executions in the period; no cell is below it.',
  hiddenFindings: 'Not shown: {cells} with fewer than {value} computers.',
  unplaced: 'The location of {n} executions is not known; they count worldwide only.',
  systemTitle: 'By operating system and service pack',
  systemLead:
    'CCM computed inside each group, so that the number of computers of a version does not matter. The line is the 95 % interval.',
  familyTitle: 'Top families',
  familyLead:
    'Share of the cleaned computers on which the family was found. A computer with several families counts for each.',
  segmentTitle: 'Home against enterprise',
  segmentLead:
    'Share of the cleaned computers of each side on which the category was found. Shares add up to more than 100 % where computers had several.',
  segmentFamilies: 'Top families by side',
  categoryTitle: 'Categories',
  categoryLead: 'Share of the cleaned computers on which the category was found, worldwide.',
  trendTitle: 'Trend by quarter',
  trendLead:
    'Worldwide CCM, the average of the quarter’s monthly values. Dotted: quarters between have no figure. The band is the 95 % interval.',
  breakLabel: '1H11: locating changes',
  breakNote:
    'Published reports located computers by their regional settings up to 2H10 and by IP address from 1H11: values of single countries on the two sides of the mark do not compare.',
  methodTitle: 'How the figures are made',
  method1:
    'CCM, computers cleaned per mille, is the number of computers from which the removal tool removed something, for every 1,000 executions of it. The month is the base: a computer counts once a month, whatever it ran and however many families it had. A quarter or a half year is the average of its monthly values; the pooled quotient over the whole period stands beside it.',
  method2:
    'CCM counts what the removal tool knows. It is not the prevalence of all malware, and not comparable with an encounter rate.',
  method3:
    'Intervals are Wilson’s at 95 %. Cells with fewer than {value} executions in the period are not shown, nor families and categories with fewer than {min} computers.',
  method4:
    'In this period: {all} records; {clean} of them are executions of the removal tool, the rest are scans, which remove nothing and are not in any rate. {incomplete} executions could not look at everything.',
  queries: 'Queries behind the figures',
  queryNote: '?1 and ?2 are the first and the last month of the period, as year × 12 + month − 1.',
  sources:
    'Map: Natural Earth (public domain) by world-atlas; names: i18n-iso-countries. Borders are the source’s and state no opinion.',
  noData: 'Nothing reaches the threshold in this period.',
};

export type Word = keyof typeof en;
