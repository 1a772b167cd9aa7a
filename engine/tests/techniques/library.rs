//! Collections to ask with a technique.

use super::*;

/// Collections in a folder of their own.
pub(crate) struct Library {
    pub(crate) root: tempfile::TempDir,
    pub(crate) texts: BTreeMap<(String, String), String>,
    pub(crate) sources: Vec<Source>,
    pub(crate) judge: Option<Arc<dyn CrossEncoder>>,
    pub(crate) web: Option<Arc<Web>>,
}

impl Library {
    /// One collection of some documents.
    pub(crate) fn of(documents: Vec<Document>) -> Self {
        Self::built(vec![("library", documents)], &BuildOptions::default(), 24)
    }

    /// Collections by name, with passages of so many words.
    pub(crate) fn built(collections: Vec<(&str, Vec<Document>)>, options: &BuildOptions, words: usize) -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut library = Self { root, texts: BTreeMap::new(), sources: Vec::new(), judge: None, web: None };
        collections.into_iter().for_each(|(name, documents)| library.add(name, documents, options, words));
        library
    }

    pub(crate) fn add(&mut self, name: &str, documents: Vec<Document>, options: &BuildOptions, words: usize) {
        let store = Store::open(self.root.path()).unwrap();
        let collection = CollectionName::parse(name).unwrap();
        let text = |document: &Document| ((name.to_owned(), document.id.clone()), document.text.clone());
        self.texts.extend(documents.iter().map(text));
        let how = (&Words::new() as _, Splitting::Structure(split::Budget::new(words, 0).unwrap()));
        let target = (&store, &collection);
        build_documents(&Context::unbounded(), target, options, how, documents.into_iter(), &mut |_| ()).unwrap();
        let generation = Arc::new(store.open_generation(&collection).unwrap());
        self.sources.push(Source { name: name.to_owned(), generation, filter: None });
    }

    pub(crate) fn judged_by(self, judge: Judge) -> Self {
        Self { judge: Some(Arc::new(judge)), ..self }
    }

    pub(crate) fn collections(&self) -> Collections {
        let mut collections = Collections::new(self.sources.clone(), Arc::new(Words::new())).unwrap();
        if let Some(judge) = &self.judge {
            collections = collections.judged_by(Arc::clone(judge));
        }
        if let Some(web) = &self.web {
            collections = collections.online(Arc::clone(web));
        }
        collections
    }

    pub(crate) fn try_ask(
        &self,
        context: &Context,
        (name, knobs): Named<'_>,
        writer: Writer<'_>,
        request: &AnswerRequest,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<Answer> {
        let Value::Object(knobs) = knobs else { panic!("knobs are an object") };
        let technique = Technique::named(name, knobs).unwrap();
        let asked = Asked { sources: &self.collections(), writer, technique: &technique, request };
        techniques::answer(context, &asked, tell)
    }

    /// An answer whose citations check out, within its budget.
    pub(crate) fn ask(&self, technique: Named<'_>, writer: Writer<'_>, request: &AnswerRequest) -> Answer {
        let name = technique.0.to_owned();
        let answer = self.try_ask(&Context::unbounded(), technique, writer, request, &mut |_| ());
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
        cited::check(&answer, &self.texts);
        assert!(answer.usage.llm_calls <= request.budget.max_llm_calls, "{name}: {:?}", answer.usage);
        answer
    }

    /// By rules alone.
    pub(crate) fn quote(&self, technique: Named<'_>, request: &AnswerRequest) -> Answer {
        self.ask(technique, Writer::Quote, request)
    }

    pub(crate) fn generate(&self, technique: Named<'_>, generator: &Scripted, request: &AnswerRequest) -> Answer {
        self.ask(technique, Writer::Generator(generator), request)
    }
}
