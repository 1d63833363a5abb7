//! Pure decisions: what an annotation becomes after a request.

use adit_corpus::StoredComment;
use adit_kernel::{Error, Field, Result, names};

use super::spans::resolve;
use super::store::read::{Annotation, AssignedLabel};
use super::wire::{
    Capture, CapturedField, CapturedFieldNew, DismissedForms, Entities, EntitiesUpdate, Entity, EntityNew, GroupUpdate, LabelRef,
    MoonForm, MoonFormGroup, MoonFormGroupUpdate, MoonFormNew, SpanNew, TextSpan, UninformativeLabel, UpdateRequest,
};
use crate::datasets::entity_named;
use crate::labels::{DEFAULT_GROUP, Label};
use crate::{Dataset, Settings};

/// The most items in one list of an annotation.
const MAX_ITEMS: usize = 4096;

/// Everything an annotation will say, labels by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) assigned: Vec<LabelRef>,
    pub(super) dismissed: Vec<LabelRef>,
    pub(super) uninformative: Option<UninformativeLabel>,
    pub(super) entities: Option<Entities>,
    pub(super) moon_forms: Option<Vec<MoonFormGroup>>,
}

impl Plan {
    /// What the annotation says already.
    pub(super) fn of(old: Option<&Annotation>) -> Self {
        let Some(old) = old else { return Self::default() };
        Self {
            assigned: old.assigned.iter().map(AssignedLabel::to_wire).collect(),
            dismissed: old.dismissed.iter().map(AssignedLabel::to_wire).collect(),
            uninformative: old.uninformative.clone(),
            entities: old.entities.clone(),
            moon_forms: old.moon_forms.clone(),
        }
    }

    /// Whether this counts as a review.
    pub(super) fn is_review(&self) -> bool {
        !self.assigned.is_empty() || !self.dismissed.is_empty() || self.uninformative.is_some() || self.entities.is_some()
    }

    /// Replaces the assigned labels. What is assigned is not dismissed, and says something.
    pub(super) fn assign(&mut self, labels: Vec<LabelRef>) {
        self.dismissed.retain(|label| !has(&labels, &label.name));
        if !labels.is_empty() {
            self.uninformative = None;
        }
        self.assigned = labels;
        self.drop_stray_forms();
    }

    fn dismiss(&mut self, labels: Vec<LabelRef>) {
        self.assigned.retain(|label| !has(&labels, &label.name));
        self.dismissed = labels;
        self.drop_stray_forms();
    }

    /// A form stands only as long as its label is assigned.
    fn drop_stray_forms(&mut self) {
        for group in self.moon_forms.iter_mut().flatten() {
            group.assigned.retain(|form| has(&self.assigned, &form.label.name));
        }
    }
}

fn has(labels: &[LabelRef], name: &str) -> bool {
    labels.iter().any(|label| label.name == name)
}

/// What an annotation becomes: a missing key or list leaves it as it is, an empty list clears.
pub(super) fn updated(
    old: Option<&Annotation>,
    request: UpdateRequest,
    dataset: &Dataset,
    labels: &[Label],
    comment: &StoredComment,
) -> Result<Plan> {
    let mut plan = Plan::of(old);
    let says_labels = request.labelling.is_some();
    for group in request.labelling.into_iter().flatten() {
        label(&mut plan, group)?;
    }
    if let Some(entities) = request.entities {
        plan.entities = updated_entities(plan.entities, entities, &dataset.settings, comment)?;
    }
    if let Some(groups) = request.moon_forms {
        forms(&mut plan, groups, says_labels, labels, comment)?;
    }
    Ok(plan)
}

fn label(plan: &mut Plan, group: GroupUpdate) -> Result<()> {
    let assigned = group.assigned.map(checked_labels).transpose()?;
    let dismissed = group.dismissed.map(checked_labels).transpose()?;
    if let (Some(assigned), Some(dismissed)) = (&assigned, &dismissed)
        && let Some(both) = assigned.iter().find(|label| has(dismissed, &label.name))
    {
        return Err(Error::unprocessable(format!("Label `{}` is both assigned and dismissed.", both.name)));
    }
    if let Some(dismissed) = dismissed {
        plan.dismiss(dismissed);
    }
    if let Some(assigned) = assigned {
        plan.assign(assigned);
    }
    match group.uninformative {
        Field::Absent => {}
        Field::Null => plan.uninformative = None,
        Field::Value(_) if !plan.assigned.is_empty() => {
            return Err(Error::unprocessable("A comment with assigned labels cannot be uninformative."));
        }
        Field::Value(uninformative) => plan.uninformative = Some(uninformative),
    }
    Ok(())
}

/// The labels with their names checked, each once.
pub(super) fn checked_labels(sent: Vec<LabelRef>) -> Result<Vec<LabelRef>> {
    if sent.len() > MAX_ITEMS {
        return Err(adit_kernel::catalogue::too_many("labels", MAX_ITEMS));
    }
    let mut labels: Vec<LabelRef> = Vec::with_capacity(sent.len());
    for label in sent {
        names::check_label(&label.name)?;
        if !has(&labels, &label.name) {
            labels.push(label);
        }
    }
    Ok(labels)
}

fn updated_entities(
    old: Option<Entities>,
    sent: EntitiesUpdate,
    settings: &Settings,
    comment: &StoredComment,
) -> Result<Option<Entities>> {
    let mut entities = old.unwrap_or_default();
    let resolved = |list: Vec<EntityNew>| -> Result<Vec<Entity>> {
        if list.len() > MAX_ITEMS {
            return Err(adit_kernel::catalogue::too_many("entities", MAX_ITEMS));
        }
        list.into_iter().map(|new| entity(new, settings, comment)).collect()
    };
    if let Some(assigned) = sent.assigned {
        entities.assigned = resolved(assigned)?;
    }
    if let Some(dismissed) = sent.dismissed {
        entities.dismissed = resolved(dismissed)?;
    }
    let is_empty = entities.assigned.is_empty() && entities.dismissed.is_empty();
    Ok(if is_empty { None } else { Some(entities) })
}

fn entity(new: EntityNew, settings: &Settings, comment: &StoredComment) -> Result<Entity> {
    let defs = &settings.entity_defs;
    let fields = &settings.general_fields;
    let name = new.name.as_deref().or(new.kind.as_deref());
    let field = match (&new.field_id, name) {
        (Some(id), _) if fields.iter().any(|field| field.field_id == *id) => fields.iter().find(|field| field.field_id == *id),
        (_, Some(name)) => fields.iter().find(|field| field.api_name == name),
        (_, None) => None,
    };
    let by_id = new.id.as_ref().and_then(|id| defs.iter().find(|def| def.id == *id));
    let def = name.and_then(|name| entity_named(defs, name)).or(by_id);
    let def = def.or_else(|| field.and_then(|field| defs.iter().find(|def| def.id == field.field_type_id)));
    let field = field.or_else(|| def.and_then(|def| fields.iter().find(|field| field.field_type_id == def.id)));
    let id = def.map(|def| &def.id).or(field.map(|field| &field.field_type_id));
    let Some(id) = id else {
        let shown = name.or(new.id.as_deref()).or(new.field_id.as_deref()).unwrap_or_default();
        return Err(Error::unprocessable(format!("No such entity: '{shown}' is not defined in the dataset.")));
    };
    let own_name = def.map(|def| def.name.clone()).or_else(|| field.map(|field| field.api_name.clone())).unwrap_or_default();
    names::check_text(&new.formatted_value, "formatted_value", 65_536)?;
    let spans = resolved_spans(new.spans, new.span, comment)?;
    Ok(Entity {
        id: id.clone(),
        name: new.name.unwrap_or_else(|| own_name.clone()),
        kind: own_name,
        span: only(&spans),
        spans,
        formatted_value: new.formatted_value,
        field_id: field.map_or_else(|| id.clone(), |field| field.field_id.clone()),
    })
}

fn resolved_spans(spans: Option<Vec<SpanNew>>, span: Option<SpanNew>, comment: &StoredComment) -> Result<Vec<TextSpan>> {
    let sent = spans.filter(|spans| !spans.is_empty()).unwrap_or_else(|| span.into_iter().collect());
    sent.iter().map(|span| resolve(&comment.content.messages, span)).collect()
}

/// The deprecated single span stands only where there is exactly one.
fn only(spans: &[TextSpan]) -> Option<TextSpan> {
    if let [only] = spans { Some(only.clone()) } else { None }
}

/// Forms say which labels are assigned when nothing else in the request does.
fn forms(
    plan: &mut Plan,
    groups: Vec<MoonFormGroupUpdate>,
    says_labels: bool,
    labels: &[Label],
    comment: &StoredComment,
) -> Result<()> {
    if groups.is_empty() {
        plan.moon_forms = None;
        return Ok(());
    }
    let mut whole = MoonFormGroup { group: DEFAULT_GROUP.to_owned(), ..MoonFormGroup::default() };
    let mut dismissed_labels = None;
    let known = plan.moon_forms.take().and_then(|groups| groups.into_iter().next());
    let mut says_dismissed = false;
    for group in groups {
        let filled = |list: Vec<MoonFormNew>| list.into_iter().map(|new| form(new, labels, comment)).collect::<Result<Vec<_>>>();
        whole.assigned.extend(filled(group.assigned)?);
        if let Some(drafted) = group.drafted {
            whole.drafted.get_or_insert_default().extend(filled(drafted)?);
        }
        let Some(dismissed) = group.dismissed else { continue };
        says_dismissed = true;
        let (list, of_labels) = match dismissed {
            DismissedForms::List(list) => (list, Vec::new()),
            DismissedForms::Parts { captures, labels } => (captures, labels),
        };
        let bare = of_labels.into_iter().map(|label| MoonForm { label, captures: Vec::new() });
        let list: Vec<MoonForm> = filled(list)?.into_iter().chain(bare).collect();
        // A dismissed form without captures dismisses the label itself.
        let own = list.iter().filter(|form| form.captures.is_empty()).map(|form| form.label.clone());
        dismissed_labels.get_or_insert_with(Vec::new).extend(own);
        whole.dismissed.extend(list);
    }
    if let Some(known) = known {
        if !says_dismissed {
            whole.dismissed = known.dismissed;
        }
        whole.drafted = whole.drafted.or(known.drafted);
    }
    let mut implied = checked_labels(whole.assigned.iter().map(|form| form.label.clone()).collect())?;
    if says_labels {
        let rest = plan.assigned.iter().filter(|label| !has(&implied, &label.name)).cloned();
        implied = rest.chain(implied.clone()).collect();
    }
    if let Some(dismissed) = dismissed_labels {
        let mut dismissed = checked_labels(dismissed)?;
        dismissed.retain(|label| !has(&implied, &label.name));
        if says_labels {
            dismissed.extend(plan.dismissed.iter().filter(|label| !has(&dismissed, &label.name)).cloned().collect::<Vec<_>>());
        }
        plan.dismiss(dismissed);
    }
    plan.assign(implied);
    plan.moon_forms = Some(vec![whole]);
    Ok(())
}

fn form(new: MoonFormNew, labels: &[Label], comment: &StoredComment) -> Result<MoonForm> {
    let def = labels.iter().find(|label| label.group == DEFAULT_GROUP && label.name == new.label.name);
    names::check_label(&new.label.name)?;
    if new.captures.len() > MAX_ITEMS {
        return Err(adit_kernel::catalogue::too_many("captures", MAX_ITEMS));
    }
    let mut captures = Vec::with_capacity(new.captures.len());
    for capture in new.captures {
        let fields = capture.fields.into_iter().map(|field| captured(field, def, comment)).collect::<Result<_>>()?;
        captures.push(Capture { fields });
    }
    Ok(MoonForm { label: new.label, captures })
}

fn captured(new: CapturedFieldNew, def: Option<&Label>, comment: &StoredComment) -> Result<CapturedField> {
    let fields = def.and_then(|def| def.moon_form.as_deref()).unwrap_or_default();
    let by_id = new.field_id.as_ref().and_then(|id| fields.iter().find(|field| field.field_id == *id));
    let field = by_id.or_else(|| fields.iter().find(|field| new.name.as_ref() == Some(&field.name)));
    let name = new.name.or_else(|| field.map(|field| field.name.clone()));
    let Some(name) = name else { return Err(Error::unprocessable("A captured field needs the `name` of a field of its label.")) };
    names::check_text(&new.formatted_value, "formatted_value", 65_536)?;
    let spans = resolved_spans(new.spans, new.span, comment)?;
    // A field without a definition keeps what the client said, so that an export can be loaded before its definitions.
    let type_id = field.map(|field| field.field_type_id.clone()).or(new.id).unwrap_or_else(nobody);
    Ok(CapturedField {
        id: type_id.clone(),
        field_type_id: type_id,
        kind: field.map_or_else(|| name.clone(), |field| field.kind.clone()),
        name,
        span: only(&spans),
        spans,
        formatted_value: new.formatted_value,
        field_id: field.map(|field| field.field_id.clone()).or(new.field_id).unwrap_or_else(nobody),
        document_spans: new.document_spans.unwrap_or_default(),
        confirmed: new.confirmed,
    })
}

/// The id of what has no definition.
fn nobody() -> String {
    adit_kernel::Id::new(0).to_string()
}
