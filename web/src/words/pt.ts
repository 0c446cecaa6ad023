import type { Word } from './en';

export const pt: Record<Word, string> = {
  title: 'Relatório de Inteligência de Segurança',
  kicker: 'Yamori',
  made: 'Feito em {when} por {tool}',
  simulated: '{n} dos {all} registros deste relatório foram feitos por um gerador. Eles não descrevem computadores reais.',
  simulatedAll: 'Todos os {all} registros deste relatório foram feitos por um gerador. Eles não descrevem computadores reais.',
  tileCcm: 'Taxa mundial de infecção (CCM)',
  tileRuns: 'Execuções',
  tileCleaned: 'Computadores limpos',
  tilePlaces: 'Locais mostrados',
  interval: 'intervalo de 95%: {low} a {high}',
  tileRunsNote: 'da ferramenta de remoção, em {months} meses',
  tileRunsNoteOne: 'da ferramenta de remoção, em um mês',
  tileCleanedNote: 'cada um conta uma vez por mês',
  tilePlacesNote: 'mais {cells} {cells#está|estão} abaixo do limite',
  belowThreshold: 'abaixo do limite',
  mapTitle: 'Taxas de infecção no mundo',
  mapLead: 'Computadores limpos a cada 1.000 execuções (CCM), por país ou região, {period}.',
  mapLabel: 'Mapa-múndi do CCM',
  mapHelp: 'Tab leva a um local, as setas aos vizinhos.',
  countryTitle: 'Por país ou região',
  cleaned: 'Limpos',
  pooled: 'Agregado',
  hidden: 'Não mostrados: {cells} {cells#item|itens} com menos de {value} execuções no período ({n} execuções ao todo).',
  hiddenNone: 'Limite: {value} execuções no período; nenhum item está abaixo dele.',
  hiddenFindings: 'Não mostrados: {cells} com menos de {value} computadores.',
  unplaced: 'O local de {n} {n#execução|execuções} não é conhecido; elas contam apenas no total mundial.',
  systemTitle: 'Por sistema operacional e service pack',
  systemLead:
    'CCM calculado dentro de cada grupo, de modo que o número de computadores de uma versão não influi. A linha é o intervalo de 95%.',
  familyTitle: 'Principais famílias',
  familyLead:
    'Parcela dos computadores limpos em que a família foi encontrada. Um computador com várias famílias conta em cada uma.',
  segmentTitle: 'Residências e empresas',
  segmentLead:
    'Parcela dos computadores limpos de cada lado em que a categoria foi encontrada. A soma passa de 100% quando há computadores com várias.',
  segmentFamilies: 'Principais famílias de cada lado',
  categoryTitle: 'Categorias',
  categoryLead: 'Parcela dos computadores limpos em que a categoria foi encontrada, no mundo.',
  trendTitle: 'Evolução por trimestre',
  trendLead:
    'CCM mundial, a média dos valores mensais do trimestre. Pontilhado: não há valores para os trimestres intermediários. A faixa é o intervalo de 95%.',
  breakLabel: '1H11: muda a localização',
  breakNote:
    'Os relatórios publicados localizavam os computadores pelas configurações regionais até 2H10 e pelo endereço IP a partir de 1H11: os valores de países nos dois lados da marca não são comparáveis.',
  methodTitle: 'Como os números são feitos',
  method1:
    'CCM (computers cleaned per mille, computadores limpos por mil) é o número de computadores dos quais a ferramenta de remoção removeu algo, a cada 1.000 execuções dela. A base é o mês: um computador conta uma vez por mês, não importa quantas vezes executou a ferramenta e quantas famílias tinha. O trimestre e o semestre são a média dos valores mensais; o quociente agregado do período inteiro está ao lado.',
  method2:
    'O CCM conta o que a ferramenta de remoção conhece. Não é a prevalência de todo o malware e não é comparável com a taxa de encontro.',
  method3:
    'Os intervalos são de Wilson, a 95%. Itens com menos de {value} execuções no período não são mostrados, nem famílias e categorias com menos de {min} computadores.',
  method4:
    'Neste período: {all} registros; {clean} deles são execuções da ferramenta de remoção, os demais são verificações, que não removem nada e não entram em nenhuma taxa. {incomplete} execuções não puderam examinar tudo.',
  queries: 'Consultas por trás dos números',
  queryNote: '?1 e ?2 são o primeiro e o último mês do período, como ano × 12 + mês − 1.',
  sources:
    'Mapa: Natural Earth (domínio público), por world-atlas; nomes: i18n-iso-countries. As fronteiras são as da fonte e não exprimem opinião.',
  noData: 'Nada alcança o limite neste período.',
};
