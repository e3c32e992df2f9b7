import type { ProviderName } from '#model/tracker';
import { texts } from '../../texts/index.ts';
import type { Provider } from './id-check.ts';

interface ProviderStepProps {
  providers: readonly Provider[];
  chosen: ProviderName | null;
  onChoice: (name: ProviderName) => void;
}

/** Boxes, clouds, phones: where the data comes from. */
export function ProviderStep({ providers, chosen, onChoice }: ProviderStepProps) {
  const words = texts.register;
  return (
    <>
      {(['hardware', 'oem', 'browser'] as const).map((family) => (
        <section key={family} class="form">
          <h3>{words.families[family]}</h3>
          <div class="choices">
            {providers
              .filter((provider) => provider.family === family)
              .map(({ name }) => (
                <button
                  key={name}
                  type="button"
                  class="choice"
                  data-provider={name}
                  aria-pressed={name === chosen}
                  onClick={() => onChoice(name)}
                >
                  <strong>{texts.providers[name]}</strong>
                  <span class="muted small">{words.about[name]}</span>
                </button>
              ))}
          </div>
        </section>
      ))}
    </>
  );
}
