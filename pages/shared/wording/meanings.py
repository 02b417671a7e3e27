"""What each number and chart is: shown on a question mark beside it."""

MEANING = {
    # Data
    "dataset size": "How many labelled examples the dataset has. Files that could not be used are not counted; the tab "
    "Import says which these were, and why.",
    "classes": "How many different labels the examples have. A model learns to tell these apart, and knows no others.",
    "train": "The examples that a model is fitted on. How good it is on them says little about how good it is on "
    "others.",
    "val": "The examples by which settings, epochs and runs are chosen. Fine-tuning never fits them. The linear probe "
    "is fitted on train and val, and its numbers on val are out of fold: each example was predicted by a fit that had "
    "not seen it.",
    "test": "The examples that are kept for one last look, after every choice. How a model does on them is how it can "
    "be expected to do on new data of the same kind.",
    "class counts": "How many examples of each class are in each split. A class with few examples is harder to learn, "
    "and numbers about it are less certain.",
    "metadata": "The columns that came with the data, such as a patient, a camera or a date, and what was measured of "
    "each example. They filter in Explore and slice every metric on Results; a column that is the group is never in "
    "two splits.",
    # Module
    "values trained": "How many of the module's numbers training may change, of all that can be trained. The more "
    "there are, the more examples it takes to set them well.",
    "group values": "How many numbers the layer group has, and their share of all that the module has. Groups near the "
    "output are often the largest.",
    "value range": "The pixel values that the module was trained on, to which pictures are converted. With the "
    "wrong range, features hardly differ between pictures.",
    "module input": "Height, width and colour channels of the pictures that the module takes. Others are resized.",
    "feature length": "How many numbers the module makes of one example, its feature vector. The head decides by these "
    "alone.",
    "parameters": "How many numbers the module has learnt before it came here. A module with more of them is slower, "
    "and often better.",
    # Train
    "estimate": "About how long the run takes on this machine, from earlier runs where there are some. Waiting in the "
    "queue is not counted.",
    "epoch": "How many times training has gone through all train examples, and how often it is to. It ends sooner "
    "where val gets no better.",
    "train accuracy": "Accuracy on the training examples in the last epoch. Far above validation accuracy, it "
    "means that the model is overfitting.",
    "val accuracy": "Validation accuracy after the last epoch. The epoch with the lowest val loss after temperature "
    "scaling is kept.",
    "speed": "How many examples training went through in a second, in the last epoch. It depends on the machine and on "
    "where in the module training begins.",
    "time left": "How long the epochs that are left would take at the speed of the last ones. It is less where "
    "training ends sooner.",
    "epochs": "Loss and accuracy of train and val after each epoch. The epoch with the lowest val loss after "
    "temperature scaling (dotted) is kept: the raw loss rises with confidence even while the model gets better. At 0 "
    "is the model before fine-tuning, which is kept where no epoch is better.",
    "strengths": "Loss and accuracy of the linear probe at each strength C of its L2 penalty that was tried, where a "
    "smaller C is stronger. The strongest within one standard error of the lowest loss in cross-validation is chosen.",
    # Results
    "accuracy": "The share of examples whose most probable class is the true one. The interval (Wilson, 95 %) says how "
    "far chance in so few examples may have moved it.",
    "macro precision": "Of the answers that name a class, the share that is right, as the mean over the classes that "
    "have examples. Every class counts the same, however rare it is.",
    "macro recall": "Of a class's examples, the share that is found, as the mean over the classes that have "
    "examples. Every class counts the same, however rare it is.",
    "macro f1": "The mean of F1 over the classes that have examples; F1 is high only where precision and recall both "
    "are. Every class counts the same, however rare it is.",
    "baselines": "The same numbers of two models that cost next to nothing: the linear probe, with the module as it "
    "came, and the most frequent class, which looks at no example. The probe is fitted on train and val, and its "
    "numbers on val are out of fold. A run that does not beat both has learned nothing useful.",
    "confusion matrix": "How many examples of each true class (row) were said to be of each class (column); what is "
    "right lies on the diagonal. Colours grow with the square root, so that rare confusions can be seen.",
    "by class": "Precision, recall and F1 of each class on its own, and the class that its examples are most often "
    "taken for. They are 0 where there is nothing to take a share of.",
    "highest loss": "The examples whose true class the model holds least probable, the worst first. They are wrong and "
    "sure of it, mislabelled, or out of the ordinary.",
    "slices": "Examples that share a value of a metadata column, or lie in one range of a number, date or property, "
    "each against all other examples. p is Fisher's exact test of right and wrong, corrected for all slices of all "
    "columns (Holm); intervals are 95 %. The order is by the upper end of the interval of the difference, so that "
    "a slice does not come first merely for having few examples.",
    "compared slices": "Examples that share a value of a metadata column, or lie in one range of a number, date or "
    "property. Each run is held against A on the same examples by McNemar's exact test, corrected for all slices and "
    "runs (Holm); intervals of differences are by paired bootstrap.",
    # Explore
    "embedding map": "Each point is an example, placed by its feature vector so that what the module finds alike lies "
    "close. A map of few dimensions can't hold all of it: what is near in the whole vector may lie apart here.",
    # Effect of fine-tuning
    "loss": "The mean of −log of the true class's probability. It is lower the surer the model is of what is true.",
    "gained": "How many examples are right here that the linear probe had wrong. Others may have been lost.",
    "lost": "How many examples are wrong here that the linear probe had right. Others may have been gained.",
    "before": "Measured on the feature vectors of the module as it came. Beneath is the 95 % interval.",
    "after": "Measured on the feature vectors of the module as the run trained it. Beneath is the 95 % interval.",
    "difference": "After less before, on the same examples. Where the 95 % interval beneath holds 0, chance may "
    "explain it.",
    # Predict
    "new accuracy": "The share of these examples whose most probable class is the true one, with its 95 % interval "
    "(Wilson). Far below the run's own on val it means that these examples are of another kind.",
    "probabilities": "How probable each class is to the model, the most probable first; all classes add up to 100 %. "
    "The tab Calibration of Results says how far such numbers can be believed.",
    "nearest": "The train examples whose feature vectors are nearest to this one's, by cosine distance. They show "
    "what the answer rests on.",
    "predicted examples": "How many of these files could be read, and have a label that is known. The numbers "
    "beside are about these.",
    # Runs
    "run accuracy": "The share of the dataset's val examples that the run has right. Runs of different datasets can't "
    "be compared by it.",
    "probe accuracy": "Validation accuracy of the run's linear probe, before any layer was trained. It is what "
    "fine-tuning has to beat.",
    "run seconds": "How long the run computed: feature vectors, training and evaluation together. Waiting in the queue "
    "is not counted.",
    "groups trained": "How many layer groups of the module were fine-tuned. None is a linear probe, or a head on a "
    "frozen module.",
    # Calibration
    "mean confidence": "How sure the model is of its answers: the mean probability of the classes that it names. "
    "In a calibrated model, mean confidence equals accuracy.",
    "calibration error": "How far confidence and accuracy are apart: the gap between them in each of 15 ranges of "
    "confidence, averaged by how many examples a range has (expected calibration error, as Guo and others, 2017). "
    "It is 0 % where answers given with 80 % are right in 80 of 100 cases, and so for every other confidence.",
    "error by chance": "Even a perfectly calibrated model shows some calibration error in so few examples; 95 times in "
    "100 it stays below this. An error below it says nothing against the model.",
    "temperature": "What the model's logits are divided by so that its confidence fits the val split best; no answer "
    "changes. Above 1 the model was surer than it should be, below 1 less sure.",
    "temperatures": "Calibration error and loss (the mean −log of the true class's probability) with the probabilities "
    "as the model gives them, and as they are at the temperature. Intervals are 95 % by bootstrap; that of the change "
    "is paired, so where it does not hold 0 the change is more than chance.",
    "reliability": "Each bar is the accuracy of the answers in one range of confidence, with its 95 % interval "
    "(Wilson); a bar that ends below the dotted line was surer than right. The lower bars say how many examples each "
    "range has.",
    "decided precision": "Of the answers at least as sure as the threshold, the share that is right. It has a 95 % "
    "interval (Wilson), and none where nothing is decided.",
    "decided recall": "Of all examples, the share that is decided, and rightly. It can only fall as the threshold "
    "rises.",
    "decided": "How many answers are at least as sure as the threshold. Where one class is looked at, those that name "
    "it.",
    "examples": "How many examples of the split the numbers are about. Where one class is looked at, those that it is "
    "true of.",
    "threshold": "The confidence from which an answer that names this class is taken as decided. It is that of all "
    "classes unless you gave it its own.",
    "each class": "What the thresholds do to the answers that name each class, and to its own examples. A dash stands "
    "where there is nothing to take a share of.",
    "class precision": "Of the decided answers that name this class, the share that is right. There is none where no "
    "answer names it.",
    "class recall": "Of this class's examples, the share that is decided, and rightly. There is none where the split "
    "has no example of it.",
    "undecided": "The share of examples whose answer is less sure than the threshold, so that a person should look. "
    "A higher threshold leaves more undecided, and what is decided is more often right.",
    "thresholds": "Precision, recall and the share left undecided at every threshold; the vertical line is the one "
    "chosen. A good threshold lies where precision is as high as you need and no more is undecided than you can look "
    "at.",
    "promised": "The share of new examples whose set holds the true class, as split conformal prediction promises it "
    "when they come from the same source as val. The promise holds for any model, good or bad; a bad one needs larger "
    "sets.",
    "coverage": "The share of test examples whose set holds the true class, with its 95 % interval (Wilson). The sets "
    "were fitted on val alone, so that test can check the promise.",
    "set size": "How many classes a set has on average, with its 95 % interval by bootstrap. The nearer to 1, the more "
    "a set says.",
    "single": "The share of examples whose set is one class alone, with its 95 % interval (Wilson). These are the "
    "answers that stand without a second guess.",
    "empty": "The share of examples for which no class is probable enough, with its 95 % interval (Wilson). The model "
    "has not seen their like, or the promise is so low that it may leave some out.",
    "set sizes": "How many examples have a set of no class, of one, of two, and so on. A model that tells the classes "
    "apart has its examples at one.",
    "class coverage": "Coverage and mean size of the sets of each class's own examples. The promise is for all "
    "examples together, so a hard class may lie below it and an easy one above.",
    "roc": "At every threshold on a class's probability: the share of its examples above it, against the share of all "
    "others above it. A curve near the upper left tells the class apart; the dotted line is guessing.",
    "precision and recall": "At every threshold on a class's probability: the share of examples above it that are of "
    "the class, against the share of the class that is above it. It says more than ROC where a class is rare.",
    "areas": "The area under each class's ROC curve, and its average precision, each class against the rest, with 95 % "
    "intervals by bootstrap. Where the intervals of two classes lie far apart, chance does not explain the difference.",
    "auc": "The probability that an example of the class has a higher probability of it than one of another class. "
    "1 is perfect, 0.5 is guessing.",
    "average precision": "The mean of the precision over the recall that each threshold adds. 1 is perfect, the "
    "class's share of the examples is guessing.",
}
