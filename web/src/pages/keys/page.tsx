/** Keys of a company: made, rotated, revoked. Whoever runs the gateway chooses the company. */
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { go, hrefOf, place } from '../../app/router.ts';
import { present, runsGateway, session } from '../../app/session.ts';
import { count } from '../../format/number.ts';
import { Button } from '../../parts/button.tsx';
import { SelectField } from '../../parts/field.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Empty, Page } from '../../parts/page.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { useLoaded } from '../../parts/use-loaded.ts';
import { texts } from '../../texts/index.ts';
import { NewKey, RevokeKey, RotateKey } from './dialogs.tsx';
import { KeyTable } from './key-table.tsx';
import { isOver, type Key } from './key-state.ts';
import './style.css';

/** More than one page holds are no list anybody reads. */
const MOST = 500;

/** What is being done. */
type Doing = { what: 'new' } | { what: 'rotate' | 'revoke'; key: Key };

export default function KeysPage() {
  const words = texts.keys;
  const companies = useCompanies();
  const chosen = place.value.query.get('company') ?? session.value?.company?.oid ?? companies[0]?.oid;
  const [doing, setDoing] = useState<Doing | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [ended, setEnded] = useState(false);
  const { value, problem, again } = useLoaded(
    async (stop) => {
      if (chosen === undefined) return null;
      const query = { company_oid: chosen, limit: MOST };
      return ask(present().client.GET('/v1/api-keys', { params: { query }, signal: stop }));
    },
    [chosen],
  );
  const keys = [...(value?.items ?? [])].sort((a, b) => b.created_at.localeCompare(a.created_at));
  const good = keys.filter((key) => !isOver(key));
  const done = (made: string | null) => {
    setDoing(null);
    setSecret(made);
    again();
  };
  const newKey = (
    <Button kind="primary" icon="plus" onClick={() => setDoing({ what: 'new' })}>
      {words.create}
    </Button>
  );
  return (
    <Page title={words.title} actions={newKey}>
      <p class="muted">{words.says}</p>
      <CompanyChoice companies={companies} chosen={chosen} />
      {problem === null ? null : <ProblemNotice problem={problem} again={again} />}
      {value !== null && keys.length === 0 ? (
        <Empty title={words.none.title}>
          <p>{words.none.says}</p>
        </Empty>
      ) : null}
      {keys.length === 0 ? null : (
        <KeyTable
          keys={ended ? keys : good}
          own={session.value?.keyId ?? ''}
          onRotate={(key) => setDoing({ what: 'rotate', key })}
          onRevoke={(key) => setDoing({ what: 'revoke', key })}
        />
      )}
      {good.length === keys.length || ended ? null : (
        <p>
          <Button kind="plain" onClick={() => setEnded(true)}>
            {words.showEnded(count(keys.length - good.length))}
          </Button>
        </p>
      )}
      <DoingDialog doing={doing} company={chosen} onDone={done} onClose={() => setDoing(null)} />
      {secret === null ? null : (
        <SecretDialog
          title={words.made.title}
          says={words.made.says}
          label={words.made.label}
          secret={secret}
          onClose={() => setSecret(null)}
        />
      )}
    </Page>
  );
}

interface DoingProps {
  doing: Doing | null;
  company: string | undefined;
  onDone: (made: string | null) => void;
  onClose: () => void;
}

function DoingDialog({ doing, ...rest }: DoingProps) {
  if (doing === null) return null;
  if (doing.what === 'new') return <NewKey {...rest} />;
  return doing.what === 'rotate' ? <RotateKey apiKey={doing.key} {...rest} /> : <RevokeKey apiKey={doing.key} {...rest} />;
}

/** Whoever runs the gateway chooses whose keys are shown. */
function CompanyChoice({
  companies,
  chosen,
}: {
  companies: readonly { oid: string; name: string }[];
  chosen: string | undefined;
}) {
  if (companies.length < 2) return null;
  return (
    <div class="keys-company">
      <SelectField
        label={texts.keys.company}
        value={chosen ?? ''}
        onValue={(company) => go(hrefOf(['keys'], { company }), { replace: true })}
      >
        {companies.map(({ oid, name }) => (
          <option key={oid} value={oid}>
            {name}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

/** The companies whose keys one may see; none where it is one's own alone. */
function useCompanies(): readonly { oid: string; name: string }[] {
  const { value } = useLoaded(async (stop) => {
    if (!runsGateway()) return [];
    const page = await ask(present().client.GET('/v1/companies', { params: { query: { limit: MOST } }, signal: stop }));
    return page.items;
  }, []);
  return value ?? [];
}
