/** What a topic tells; `null` for what it does not. */
export interface TopicFacts {
  ident: string | null;
  protocol: string | null;
  /** How its frames are to be read, where that is not in them: see `SessionContext`. */
  dialect: string | null;
}

/** How the topics of a broker elsewhere tell device, protocol and dialect. */
export interface TopicRule {
  /** What is subscribed to: the rule with `+` in place of its variables. */
  filter: string;
  /** Reads a topic; `null` where the rule is not about it. */
  match(topic: string): TopicFacts | null;
}

const VARIABLES: Readonly<Record<string, keyof TopicFacts>> = {
  '{ident}': 'ident',
  '{protocol}': 'protocol',
  '{dialect}': 'dialect',
};

/** Makes a rule from a filter in which variables may stand for whole levels: `fleet/{ident}/raw/{protocol}`. */
export function topicRule(pattern: string): TopicRule {
  const levels = pattern.split('/');
  const open = levels.at(-1) === '#';
  const fixed = open ? levels.slice(0, -1) : levels;
  return {
    filter: levels.map((level) => (level in VARIABLES ? '+' : level)).join('/'),
    match(topic) {
      const given = topic.split('/');
      if (open ? given.length < fixed.length : given.length !== fixed.length) return null;
      const found: TopicFacts = { ident: null, protocol: null, dialect: null };
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
