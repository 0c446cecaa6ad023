declare module 'virtual:places' {
  import type { GeometryCollection, Topology } from 'topojson-specification';
  const data: {
    names: Record<string, [string, string, string, string]>;
    topology: Topology<{ countries: GeometryCollection }>;
    points: Record<string, number[]>;
  };
  export default data;
}
