/** What a page is given. In a file of its own: the list of pages loads them, so that they cannot import it. */
export interface PageProps {
  /** The words of the address behind the page's own. */
  rest: readonly string[];
}
