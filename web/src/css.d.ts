declare module '*.css';

/** The address of a file that goes with the console. */
declare module '*?url' {
  const address: string;
  export default address;
}
