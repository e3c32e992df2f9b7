import { VEHICLE_TYPES } from '#model/tracker';
import { Button } from '../../parts/button.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { texts } from '../../texts/index.ts';
import type { Draft } from './draft.ts';
import type { Provider } from './id-check.ts';

/** What people know the vehicle by, and whatever else they want to keep of it. */
export function VehicleStep({
  provider,
  draft,
  onChange,
}: {
  provider: Provider;
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
}) {
  const words = texts.register;
  const facts = draft.facts;
  const changeFact = (i: number, part: Partial<Draft['facts'][number]>) =>
    onChange({ facts: facts.map((fact, at) => (at === i ? { ...fact, ...part } : fact)) });
  return (
    <>
      <div class="form-row">
        <TextField label={words.plate} name="plate" value={draft.plate} onValue={(plate) => onChange({ plate })} />
        <SelectField
          label={words.vehicleType}
          value={draft.vehicleType}
          onValue={(type) => onChange({ vehicleType: VEHICLE_TYPES.find((each) => each === type) ?? '' })}
        >
          <option value="">{words.noVehicleType}</option>
          {VEHICLE_TYPES.map((type) => (
            <option key={type} value={type}>
              {texts.vehicleTypes[type]}
            </option>
          ))}
        </SelectField>
      </div>
      <div class="form-row">
        <TextField label={words.make} name="make" value={draft.make} onValue={(make) => onChange({ make })} />
        <TextField label={words.model} name="model" value={draft.model} onValue={(model) => onChange({ model })} />
      </div>
      {provider.family === 'hardware' ? (
        <TextField
          label={words.serial}
          hint={words.serialHint}
          name="serial"
          value={draft.serial}
          onValue={(serial) => onChange({ serial })}
        />
      ) : null}
      <fieldset class="facts-field">
        <legend>{words.metadata}</legend>
        <p class="field-hint">{words.metadataHint}</p>
        {facts.map(({ name, value }, i) => (
          <div key={i} class="fact-row">
            <TextField label={words.factName} value={name} onValue={(text) => changeFact(i, { name: text })} />
            <TextField label={words.factValue} value={value} onValue={(text) => changeFact(i, { value: text })} />
            <Button
              kind="plain"
              icon="close"
              label={words.removeFact}
              onClick={() => onChange({ facts: facts.filter((_, at) => at !== i) })}
            />
          </div>
        ))}
        <Button icon="plus" onClick={() => onChange({ facts: [...facts, { name: '', value: '' }] })}>
          {words.addFact}
        </Button>
      </fieldset>
    </>
  );
}
