/** How the topics of a broker elsewhere tell device and protocol. */
export interface TopicRule {
  /** What is subscribed to: the rule with `+` in place of its variables. */
  filter: string;
  /** Reads a topic; `null` where the rule is not about it. What the rule does not tell is `null`. */
  match(topic: string): { ident: string | null; protocol: string | null } | null;
}

const VARIABLES: Readonly<Record<string, 'ident' | 'protocol'>> = { '{ident}': 'ident', '{protocol}': 'protocol' };

/** Makes a rule from a filter in which `{ident}` and `{protocol}` may stand for whole levels: `fleet/{ident}/raw/{protocol}`. */
export function topicRule(pattern: string): TopicRule {
  const levels = pattern.split('/');
  const open = levels.at(-1) === '#';
  const fixed = open ? levels.slice(0, -1) : levels;
  return {
    filter: levels.map((level) => (level in VARIABLES ? '+' : level)).join('/'),
    match(topic) {
      const given = topic.split('/');
      if (open ? given.length < fixed.length : given.length !== fixed.length) return null;
      const found: { ident: string | null; protocol: string | null } = { ident: null, protocol: null };
      for (const [at, level] of fixed.entries()) {
        const variable = VARIABLES[level];
        const value = given[at] as string;
        if (variable !== undefined) {
          if (value === '') return null;
          found[variable] = value;
        } else if (level !== '+' && level !== value) return null;
      }
      return found;
    },
  };
}
