import type { InputField } from './describe/inputs';
import type { Raw } from './describe/values';
import { RelationPicker } from './RelationPicker';

/** What every control of a form takes. */
export interface ControlProps {
  id: string;
  field: InputField;
  raw: Raw;
  onChange: (raw: Raw) => void;
  /** The accessible name, if no `<label>` names the control. */
  label?: string | undefined;
  /** A text in the empty control. */
  hint?: string | undefined;
  /** The id of the element with the error. */
  errorId?: string | undefined;
  /** The id of the element with the description. */
  descriptionId?: string | undefined;
}

const INPUT_TYPES = {
  text: 'text',
  integer: 'text',
  decimal: 'text',
  date: 'date',
  dateTime: 'datetime-local',
} as const;

/** The control for a value, chosen by its type. */
export function InputControl(props: ControlProps) {
  const { control } = props.field;
  if (control.kind === 'enums') return <Choices {...props} values={control.values} />;
  if (control.kind === 'enum') return <Choice {...props} values={control.values.map(({ name }) => name)} />;
  if (control.kind === 'boolean') return <Choice {...props} values={['true', 'false']} />;
  if (control.kind === 'id') return <RelationPicker {...props} type={control.type} />;
  if (control.kind === 'longText' || control.kind === 'json' || isMultiline(props.raw)) return <TextArea {...props} />;
  return <Input {...props} type={INPUT_TYPES[control.kind]} isNumber={isNumber(control.kind)} />;
}

function isNumber(kind: string): boolean {
  return kind === 'integer' || kind === 'decimal';
}

/** An `<input>` would remove the line breaks. */
function isMultiline(raw: Raw): boolean {
  return typeof raw === 'string' && raw.includes('\n');
}

/** The attributes by which a control has its name, description and error. */
export function ariaOf({ label, errorId, descriptionId }: ControlProps) {
  return {
    'aria-label': label,
    'aria-invalid': errorId !== undefined,
    'aria-describedby': [errorId, descriptionId].filter(Boolean).join(' ') || undefined,
  };
}

function Input(props: ControlProps & { type: string; isNumber: boolean }) {
  return (
    <input
      id={props.id}
      type={props.type}
      inputMode={props.isNumber ? 'decimal' : undefined}
      step={props.type === 'datetime-local' ? 1 : undefined}
      value={String(props.raw)}
      placeholder={props.hint}
      autoComplete="off"
      onChange={event => props.onChange(event.target.value)}
      {...ariaOf(props)}
    />
  );
}

function TextArea(props: ControlProps) {
  return (
    <textarea
      id={props.id}
      rows={3}
      value={String(props.raw)}
      placeholder={props.hint ?? (props.field.control.kind === 'json' ? `JSON: ${props.field.typeText}` : undefined)}
      spellCheck={props.field.control.kind !== 'json'}
      onChange={event => props.onChange(event.target.value)}
      {...ariaOf(props)}
    />
  );
}

function Choice(props: ControlProps & { values: readonly string[] }) {
  const { values, raw, onChange } = props;
  return (
    <select id={props.id} value={String(raw)} onChange={event => onChange(event.target.value)} {...ariaOf(props)}>
      <option value="">—</option>
      {values.map(value => (
        <option key={value} value={value}>
          {value}
        </option>
      ))}
    </select>
  );
}

function Choices(props: ControlProps & { values: readonly { name: string; description: string }[] }) {
  const chosen = Array.isArray(props.raw) ? props.raw : [];
  const toggle = (name: string, isChosen: boolean) =>
    props.onChange(
      props.values.map(value => value.name).filter(other => (other === name ? isChosen : chosen.includes(other))),
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: the form of a field has a label, which a fieldset would repeat
    <div className="choices" role="group" id={props.id} aria-label={props.label ?? props.field.name}>
      {props.values.map(({ name, description }) => (
        <label key={name} title={description}>
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={event => toggle(name, event.target.checked)}
          />{' '}
          {name}
        </label>
      ))}
    </div>
  );
}
